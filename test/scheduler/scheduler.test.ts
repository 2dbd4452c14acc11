import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe } from 'vitest'
import { createLmdbStore, openLmdb } from '../../src/stores/lmdb.js'
import { createMemoryStore } from '../../src/stores/memory.js'
import type { Store } from '../../src/stores/store.js'
import { keepsAgendaPromises } from '../contracts/scheduler.js'

describe('the agenda in memory', () => {
  let store: Store
  beforeEach(() => {
    store = createMemoryStore()
  })
  keepsAgendaPromises(async () => ({ ...store, close: async () => {} }))
})

describe('the agenda in files', () => {
  let dir: string
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'slashroom-'))
  })
  afterEach(async () => {
    await rm(dir, { recursive: true })
  })
  keepsAgendaPromises(async () => createLmdbStore(openLmdb(dir)))
})
