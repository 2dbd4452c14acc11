import { describe, expect, it } from 'vitest'
import { readConfig } from '../src/config.js'

describe('the settings', () => {
  it('have defaults that work', () => {
    expect(readConfig({})).toMatchObject({
      port: 3000,
      host: '0.0.0.0',
      simulatorPort: 3001,
      baseUrl: undefined,
      commandsDir: './commands',
      hooksDir: undefined,
      storeUrl: 'file:./data',
      logLevel: 'info',
      logFormat: 'json',
      workers: 1,
      shutdownSeconds: 25,
      auditDays: 30,
      register: 'off',
      redisEviction: 'refused',
    })
  })

  it('put the simulator one port above the bot', () => {
    expect(readConfig({ PORT: '8080' }).simulatorPort).toBe(8081)
  })

  it('count an empty variable as unset', () => {
    expect(readConfig({ PORT: '', BASE_URL: '  ' })).toMatchObject({ port: 3000, baseUrl: undefined })
  })

  it('take a base address without its last slash', () => {
    expect(readConfig({ BASE_URL: 'https://bot.example.com/hip/' }).baseUrl).toBe('https://bot.example.com/hip')
  })

  it('write pretty lines on a terminal', () => {
    expect(readConfig({}, true).logFormat).toBe('pretty')
  })

  it.each([
    ['PORT', 'http'],
    ['PORT', '65536'],
    ['PORT', '-1'],
    ['SIMULATOR_PORT', '3.5'],
    ['BASE_URL', 'bot.example.com'],
    ['BASE_URL', 'https://user:password@bot.example.com'],
    ['LOG_LEVEL', 'loud'],
    ['LOG_FORMAT', 'xml'],
    ['WORKERS', '0'],
    ['SHUTDOWN_SECONDS', 'soon'],
    ['AUDIT_DAYS', '-30'],
    ['REGISTER', 'maybe'],
    ['MAX_RUNNING_PER_PERSON', '0'],
    ['MAX_RUNNING_PER_TENANT', '65'],
    ['MAX_WAITING_PER_PERSON', 'many'],
  ])('name the bad one: %s=%s', (name, value) => {
    const read = () => readConfig({ [name]: value })
    expect(read).toThrow(
      expect.objectContaining({ code: 'config', message: expect.stringMatching(`^${name} .*[^\n]$`) }),
    )
  })

  it('never show a password that stands in an address', () => {
    expect(() => readConfig({ BASE_URL: 'ftp://me:hunter2@x' })).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining('hunter2') }),
    )
  })
})
