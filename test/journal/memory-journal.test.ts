import { describe, expect, it } from 'vitest'
import { createMemoryJournal } from '../../src/journal/memory-journal.js'
import { UnavailableError } from '../../src/model/errors.js'
import { keepsJournalPromises } from '../contracts/journal.js'
import { invocationOf } from '../fixtures/invocation.js'
import { withQueue } from '../fixtures/working-journal.js'

describe('the journal in memory', () => {
  keepsJournalPromises(
    async () => ({
      open: async (bounds) => ({
        journal: withQueue(createMemoryJournal(), bounds),
        die: nothing,
        thaw: nothing,
      }),
      clear: nothing,
    }),
    { shared: false },
  )

  it('takes no more than its limit, and more again when something ended', async () => {
    const journal = withQueue(createMemoryJournal(), { limit: 2 })
    expect(await journal.accept(invocationOf('1'))).toBe(true)
    expect(journal.full()).toBe(false)
    expect(await journal.accept(invocationOf('2'))).toBe(true)
    expect(journal.full()).toBe(true)
    await expect(journal.accept(invocationOf('3'))).rejects.toThrow(UnavailableError)
    await journal.start(async () => 'done')
    await expect.poll(() => journal.full()).toBe(false)
    expect(await journal.accept(invocationOf('3'))).toBe(true)
  })
})

async function nothing(): Promise<void> {}
