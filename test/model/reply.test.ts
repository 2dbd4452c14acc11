import { describe, expect, it } from 'vitest'
import { ConfigError, isBotError, UsageError } from '../../src/model/errors.js'
import { card, escapeHtml, file, say, whisper } from '../../src/model/reply.js'

describe('a reply', () => {
  it('is plain JSON', () => {
    for (const reply of [say('a', { tone: 'good' }), whisper('b'), card({ title: 'c' }), file('d.txt', 'd')]) {
      expect(JSON.parse(JSON.stringify(reply))).toEqual(reply)
    }
  })

  it('is for the room, unless it is whispered', () => {
    expect(say('a').audience).toBe('room')
    expect(card({ title: 'c' }).audience).toBe('room')
    expect(card({ title: 'c' }, { audience: 'caller' }).audience).toBe('caller')
    expect(whisper('b').audience).toBe('caller')
  })

  it('carries a file of text or bytes', () => {
    expect(Buffer.from(file('ü.txt', 'grün').content, 'base64').toString()).toBe('grün')
    expect(file('a.bin', new Uint8Array([0, 255]), { type: 'application/octet-stream' })).toMatchObject({
      content: 'AP8=',
      type: 'application/octet-stream',
    })
  })
})

describe('escapeHtml', () => {
  it('leaves no sign that markup is made of', () => {
    expect(escapeHtml(`<a href="x" class='y'>&`)).toBe('&lt;a href=&quot;x&quot; class=&#39;y&#39;&gt;&amp;')
  })
})

describe('an error', () => {
  it('is known by its code, whichever copy of the class made it', () => {
    expect(isBotError(new UsageError('x'), 'usage')).toBe(true)
    expect(isBotError(new ConfigError('x'), 'usage')).toBe(false)
    expect(isBotError(Object.assign(new Error('x'), { code: 'usage' }), 'usage')).toBe(true)
    expect(isBotError({ code: 'usage' }, 'usage')).toBe(false)
    expect(new UsageError('x').name).toBe('UsageError')
  })
})
