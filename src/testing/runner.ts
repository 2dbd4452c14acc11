/** The functions needed from a test runner. `node:test`, Vitest, Jest and Mocha all have them. */
export interface Runner {
  describe(name: string, body: () => void): unknown
  it(name: string, body: () => Promise<void>): unknown
}

/** Creates a function that makes a test of each promise, with a kit of its own that is closed afterwards. */
export function createPromises<Kit extends Closable>({ it }: Runner, start: () => Promise<Kit>) {
  return (name: string, body: (kit: Kit) => Promise<void>) =>
    it(name, async () => {
      const kit = await start()
      try {
        await body(kit)
      } finally {
        await kit.close()
      }
    })
}

interface Closable {
  close(): Promise<void>
}
