import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { idKey } from '../../../../src/journal/wal/index/id-key.js'

describe('idKey', () => {
  it('is the start of the SHA-256 hash, as in the files that are there already', () => {
    for (const id of ['', 'seen/slack/0123', 'é😀', 'x'.repeat(1_000)])
      expect(idKey(id), id).toEqual(createHash('sha256').update(id).digest().subarray(0, 12))
  })
})
