import { fileURLToPath } from 'node:url'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { card, command, say, UsageError, whisper } from '../../src/authoring.js'
import { silentLogger } from '../../src/model/logger.js'
import { testRoom } from '../../src/testing/test-room.js'

const greet = command({
  summary: 'Greets',
  options: { who: { type: 'user', positional: true } },
  run({ options, invocation }) {
    if (options.who?.name === 'nobody') throw new UsageError('Say whom to greet.')
    return say(`${invocation.user.name} in ${invocation.room.name} greets ${options.who?.id ?? 'all'}`)
  },
})

describe('testRoom', () => {
  it('types a line to one command, under whatever name, and gives the replies', async () => {
    const room = testRoom(greet)
    expect(await room.type('/greet')).toEqual([say('alice in general greets all')])
    expect(await room.type('/greet nobody')).toEqual([whisper('Say whom to greet.')])
    expect(await room.type('/greet a b')).toEqual([whisper('There is a word too many: “b”.\nUsage: /greet [who]')])
  })

  it('tells on standard error why a command failed, where no log is given', async () => {
    const boom = command({ summary: 'Fails', run: () => Promise.reject(new Error('kaputt')) })
    const said = vi.spyOn(console, 'error').mockImplementation(() => {})
    onTestFinished(() => said.mockRestore())
    expect(await testRoom(boom).type('/boom')).toMatchObject([{ text: '/boom failed (id test-1).' }])
    expect(said.mock.calls).toEqual([
      [expect.stringMatching(/^command failed: Error: kaputt\n +at .*test-room\.test\.ts:/)],
    ])
    await testRoom(boom, { log: silentLogger }).type('/boom')
    expect(said).toHaveBeenCalledOnce()
  })

  it('has several commands by their names', async () => {
    const room = testRoom({ '/hi there': greet })
    expect(await room.type('/hi there')).toHaveLength(1)
  })

  it('has a directory of commands', async () => {
    const room = testRoom(fileURLToPath(new URL('../fixtures/commands', import.meta.url)))
    expect(await room.type('/echo hello   you')).toEqual([say('hello   you')])
    expect(await room.type('/shout loud')).toEqual([say('LOUD!')])
    expect(await room.type('/count up')).toEqual([say('1')])
    expect(await room.type('/count up --by 2')).toEqual([say('3')])
  })

  it('says what is wrong with a directory', async () => {
    await expect(testRoom('/nowhere/at/all').type('/x')).rejects.toThrow('COMMANDS_DIR')
  })

  it('has people, rooms and tenants', async () => {
    const room = testRoom(greet, {
      user: { id: '7', name: 'Bob', mention: 'bob' },
      people: ['carol', { id: '9', name: 'Dan D.', mention: 'dan' }],
    })
    expect(await room.type('/greet @dan')).toEqual([say('Bob in general greets 9')])
    expect(await room.as('carol').type('/greet @bob')).toEqual([say('carol in general greets all')])
    expect(await room.as({ room: 'ops', user: 'eve' }).type('/greet @carol')).toEqual([say('eve in ops greets carol')])
  })

  it('presses buttons', async () => {
    const menu = command({
      summary: 'Asks',
      options: { what: { type: 'string', positional: true } },
      run: ({ options }) =>
        options.what ?? card({ title: 'What?', buttons: [{ label: 'Tea', command: '/menu tea' }, { label: 'No' }] }),
    })
    const room = testRoom(menu)
    await room.type('/menu')
    expect(await room.press('Tea')).toEqual([say('tea')])
    await expect(room.press('No')).rejects.toThrow('There is no button "No" that types a line.')
  })

  it('has a clock that only the test moves', async () => {
    const room = testRoom(command({ summary: 'x', run: ({ invocation }) => new Date(invocation.at).toISOString() }), {
      now: Date.UTC(2031, 1, 2),
    })
    await room.advance(60_000)
    expect(await room.type('/x')).toEqual([say('2031-02-02T00:01:00.000Z')])
    expect(room.now()).toBe(Date.UTC(2031, 1, 2, 0, 1))
  })
})
