import { describe, it } from 'vitest'
import type { PlatformFactory } from '../../src/platforms/platform.js'
import { connectionContract } from '../../src/testing/platform-contract.js'
import { importExample } from '../fixtures/example.js'
import { startPager } from '../fixtures/pager.js'

describe('The connection that docs/platforms.md shows', async () => {
  const { pager } = await importExample<{ readonly pager: PlatformFactory }>(/'node:net'/, 'pager')

  connectionContract({ describe, it }, () => startPager(pager))
})
