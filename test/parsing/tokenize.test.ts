import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { tokenize } from '../../src/parsing/tokenize.js'
import { growth, linear } from '../fixtures/growth.js'
import { fc } from '../fixtures/property.js'
import { findShared } from '../fixtures/shared.js'

const texts = (line: string) => tokenize(line).map(({ text }) => text)

describe('tokenize', () => {
  it('splits at every kind of space', () => {
    expect(texts(' /deploy\u00A0status\u2003api\u3000x\ty\nz\u202F')).toEqual([
      '/deploy',
      'status',
      'api',
      'x',
      'y',
      'z',
    ])
  })

  it('takes quotes as people and their phones write them', () => {
    for (const [open, close] of ['""', "''", '“”', '„“', '”“', '‘’', '‚‘', '«»', '»«', '“"', '"”', '‟”', '＂＂']) {
      expect(texts(`a ${open}b  c${close} d`)).toEqual(['a', 'b  c', 'd'])
    }
  })

  it('leaves an apostrophe inside a word alone', () => {
    expect(texts("it's it’s dogs' rock'n'roll O’Neill")).toEqual(["it's", 'it’s', "dogs'", "rock'n'roll", 'O’Neill'])
    expect(texts("'it's fine' x")).toEqual(["it's fine", 'x'])
    expect(texts('5" wide')).toEqual(['5"', 'wide'])
  })

  it('takes a quote that nothing closes as it stands', () => {
    expect(texts('a "b c')).toEqual(['a', '"b', 'c'])
    expect(texts('"')).toEqual(['"'])
    expect(texts('“open x')).toEqual(['“open', 'x'])
  })

  it('gives an empty text for empty quotes', () => {
    expect(texts('a "" b')).toEqual(['a', '', 'b'])
  })

  it('opens quotes behind the name of an option', () => {
    expect(texts('--env="a b" env:“c d” --x=‘y z’')).toEqual(['--env=a b', 'env:c d', '--x=y z'])
    expect(tokenize('env:"a:b"')[0]).toMatchObject({ text: 'env:a:b', plain: 4 })
  })

  it('escapes only quotes and backslashes, and only inside quotes', () => {
    expect(texts(String.raw`"a \"b\" \\ \n" C:\dir\"x`)).toEqual([String.raw`a "b" \ \n`, String.raw`C:\dir\"x`])
  })

  it('reads a long dash in front of a letter as two hyphens', () => {
    for (const dash of ['—', '–', '―', '−', '‒', '—-', '––', '-—', '－－']) {
      expect(texts(`${dash}env`)).toEqual(['--env'])
    }
    expect(texts('‑e')).toEqual(['-e'])
  })

  it('reads a long dash in front of a digit as a minus, and a dash alone as the end of options', () => {
    expect(texts('–5 −.5 —7')).toEqual(['-5', '-.5', '-7'])
    expect(texts('a — b – c')).toEqual(['a', '--', 'b', '–', 'c'])
    expect(texts('a—b')).toEqual(['a—b'])
  })

  it('leaves dashes in quotes as they are', () => {
    expect(tokenize('"—env"')).toMatchObject([{ text: '—env', plain: 0 }])
  })

  it('reads a full-width slash in front of the line', () => {
    expect(texts('／deploy a／b')).toEqual(['/deploy', 'a／b'])
  })

  it('drops what nobody sees, and keeps joined emoji together', () => {
    expect(texts('\uFEFF/de\u200Bploy \u200Fstatus\u200E \u0000 a\u0000b\u00AD')).toEqual(['/deploy', 'status', 'ab'])
    expect(texts('👨‍👩‍👧 \u200Dx\u200D')).toEqual(['👨‍👩‍👧', 'x'])
  })

  it('remembers where each word stood', () => {
    const line = '/echo  —x “a b”'
    expect(tokenize(line).map(({ start, end }) => line.slice(start, end))).toEqual(['/echo', '—x', '“a b”'])
  })

  it('never throws, and keeps words in order and apart', () => {
    const signs = fc.constantFrom(...'ab1/-—–"\'“”‘’«»:= \\\u00A0\u200B\u0000\n😀', '\uD800')
    fc.assert(
      fc.property(fc.array(signs, { maxLength: 60 }), (parts) => {
        const line = parts.join('')
        let before = 0
        for (const { start, end, text, plain } of tokenize(line)) {
          expect(start).toBeGreaterThanOrEqual(before)
          expect(end).toBeGreaterThan(start)
          expect(plain).toBeGreaterThanOrEqual(0)
          expect(plain).toBeLessThanOrEqual(text.length)
          before = end
        }
        expect(before).toBeLessThanOrEqual(line.length)
      }),
    )
  })

  it('cuts a plain line as it does one with a quote in it', () => {
    for (let seed = 1, n = 0; n < 2_000; n++) {
      const signs = Array.from({ length: n % 40 }, () => {
        seed = (seed * 16_807) % 2_147_483_647
        return String.fromCharCode(32 + (seed % 95))
      })
      const line = signs.join('').replace(/["']/g, ' ')
      expect(tokenize(line), line).toEqual(tokenize(`${line} "q"`).slice(0, -1))
    }
  })

  it('takes time linear in the length of the line', async () => {
    for (const unit of ["'a ", '"', '“a', '\\', '"\\', '\u200D', '—', 'ab ', '😀', '\u0000', '=“', "='"]) {
      const lines = [1, 4].map((times) => unit.repeat((times * 25_000) / unit.length))
      expect(await growth((times) => tokenize(lines[times === 1 ? 0 : 1] ?? '')), unit).toBeLessThan(linear)
    }
  })

  it('takes every line that people typed', () => {
    const file = findShared('hipchat/corpus/messages.txt')
    if (!file) return
    for (const line of readFileSync(file, 'utf8').split('\n')) {
      const bare = (text: string) => text.replace(/[\s"']/g, '')
      expect(bare(texts(line).join('')), line).toBe(bare(line))
    }
  })
})
