import { describe, expect, it } from 'vitest'
import { createLineReader } from '../../../src/platforms/irc/connection/line-reader.js'
import { formatMessage, parseMessage } from '../../../src/platforms/irc/message.js'

describe('an IRC line', () => {
  it('is parsed into tags, source, command and parameters', () => {
    const message = parseMessage(
      '@time=2026-11-29T21:00:00.000Z;+x;label=s1 :alice!a@host PRIVMSG #ops :hello  there :)',
    )
    expect(message).toEqual({
      tags: new Map([
        ['time', '2026-11-29T21:00:00.000Z'],
        ['+x', ''],
        ['label', 's1'],
      ]),
      source: 'alice!a@host',
      command: 'PRIVMSG',
      params: ['#ops', 'hello  there :)'],
    })
  })

  it.each([
    [':irc.test 005 bot A=1 B :are supported', ['bot', 'A=1', 'B', 'are supported']],
    ['PING :irc.test', ['irc.test']],
    ['PING irc.test', ['irc.test']],
    [':a!b@c PRIVMSG #ops ::)', ['#ops', ':)']],
    [':a!b@c PRIVMSG #ops :', ['#ops', '']],
    [':a!b@c JOIN   #ops ', ['#ops']],
  ])('has the parameters of %s', (line, params) => {
    expect(parseMessage(line)?.params).toEqual(params)
  })

  it('has its tags unescaped once', () => {
    const tags = parseMessage('@a=\\:\\s\\\\s\\r\\n\\x\\ PING')?.tags
    expect(tags?.get('a')).toBe('; \\s\r\nx')
  })

  it.each(['', ' ', ':only-a-source', '@tags', 'HTTP/1.1 400 Bad Request', '12 x', '\x16\x03\x01'])(
    'is invalid: %j',
    (line) => {
      expect(parseMessage(line)).toBeUndefined()
    },
  )

  it('is formatted so that nothing in it begins another line or parameter', () => {
    expect(formatMessage('PRIVMSG', '#ops', ': x')).toBe('PRIVMSG #ops :: x')
    expect(formatMessage('PRIVMSG', '#ops', 'a\r\nQUIT\0')).toBe('PRIVMSG #ops :a  QUIT ')
    expect(formatMessage('PRIVMSG', '#ops', '')).toBe('PRIVMSG #ops :')
    expect(formatMessage('JOIN', '#ops')).toBe('JOIN #ops')
  })
})

describe('bytes on IRC', () => {
  const read = (chunks: readonly (string | Buffer)[], maxBytes?: number) => {
    const lines: string[] = []
    const take = createLineReader((line) => lines.push(line), maxBytes)
    for (const chunk of chunks) take(Buffer.from(chunk))
    return lines
  }

  it('become lines, however they are split and whichever line end they have', () => {
    expect(read(['PI', 'NG a\r', '\nPING b\n\r\n', 'PING c\r\nPIN'])).toEqual(['PING a', 'PING b', 'PING c'])
    const snowman = Buffer.from('PING ☃\n')
    expect(read([snowman.subarray(0, 6), snowman.subarray(6)])).toEqual(['PING ☃'])
  })

  it('from old clients are decoded as Latin-1', () => {
    expect(read([Buffer.from('PRIVMSG #ops :gr\xfc\xdfe\n', 'latin1')])).toEqual(['PRIVMSG #ops :grüße'])
  })

  it('of a line that is too long are dropped, and the next line is read', () => {
    const huge = 'x'.repeat(100_000)
    expect(read([huge, huge, '\nPING a\n'])).toEqual(['PING a'])
    expect(read(['12345\n123456\n12345\n'], 5)).toEqual(['12345', '12345'])
  })
})
