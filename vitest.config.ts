import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url))
const alias = {
  'slashroom/testing/platform': at('./src/testing/platform-contract.ts'),
  'slashroom/notify': at('./src/notify/direct/notify.ts'),
  'slashroom/simulator': at('./src/simulator/hipchat.ts'),
  'slashroom/hooks': at('./src/hooks/index.ts'),
  'slashroom/testing': at('./src/testing/test-room.ts'),
  slashroom: at('./src/index.ts'),
}

/** No test measures speed by these: on a busy machine, everything may take its time. */
const patience = { testTimeout: 300_000, hookTimeout: 300_000, expect: { poll: { timeout: 30_000 } } }

/** `unit` is offline and takes seconds; `system` starts real servers, browsers and processes. */
export default defineConfig({
  test: {
    // The default is one process on two cores, but tests wait more than they work.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    projects: [
      {
        resolve: { alias },
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts', 'examples/**/*.test.ts'],
          exclude: ['**/node_modules/**', 'test/system/**'],
          ...patience,
        },
      },
      {
        resolve: { alias },
        test: {
          name: 'system',
          include: ['test/system/**/*.test.ts'],
          ...patience,
        },
      },
    ],
  },
})
