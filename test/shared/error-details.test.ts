import { runInNewContext } from 'node:vm'
import { describe, expect, it } from 'vitest'
import { codeOf, messageOf, stackOf } from '../../src/shared/error-details.js'
import { unreadable } from '../fixtures/unreadable.js'

describe('what was thrown', () => {
  it('says its message and from where, error or not', () => {
    expect(messageOf(new Error('no luck'))).toBe('no luck')
    expect(messageOf('no luck')).toBe('no luck')
    expect(stackOf(new Error('no luck'))).toMatch(/^Error: no luck\n.*error-details\.test/)
    expect(stackOf(undefined)).toBe('undefined')
  })

  it('is told of though it cannot be read', () => {
    for (const hostile of unreadable()) {
      expect(messageOf(hostile)).toBe('something was thrown that cannot be read')
      expect(stackOf(hostile)).toBe('something was thrown that cannot be read')
    }
  })

  it('has a code where Node.js gave it one, from another realm too', () => {
    expect(codeOf(Object.assign(new Error(), { code: 'ENOENT' }))).toBe('ENOENT')
    expect(codeOf(runInNewContext('Object.assign(new Error(), { code: "ENOENT" })'))).toBe('ENOENT')
    for (const other of [new Error(), undefined, null, 'ENOENT', { code: 7 }]) expect(codeOf(other)).toBe('')
  })
})
