import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** What the commands did, written down by the commands themselves, outside the bot's own keeping. */
export function createLedger(dir: string) {
  const file = join(dir, 'ledger')
  appendFileSync(file, '')
  for (const [name, text] of Object.entries(commandFiles(file))) writeFileSync(join(dir, name), text)
  return {
    /** How often each token was run. */
    runs(): ReadonlyMap<string, number> {
      const counts = new Map<string, number>()
      const lines = existsSync(file) ? readFileSync(file, 'utf8').split('\n').filter(Boolean) : []
      for (const token of lines) counts.set(token, (counts.get(token) ?? 0) + 1)
      return counts
    },
  }
}

/** `/once t` answers in three steps, and `/soon t` in one that can ride in the acknowledgement; `/again t` and `/anew t` may be run again. */
function commandFiles(file: string): Readonly<Record<string, string>> {
  const body = (idempotent: boolean, run: string) => `
    import { appendFileSync } from 'node:fs'
    import { setTimeout as sleep } from 'node:timers/promises'
    import { command, say } from 'slashroom'
    export default command({
      summary: 'Runs once',
      idempotent: ${idempotent},
      options: { token: { type: 'string', positional: true, required: true } },
      async *run({ options }) {
        appendFileSync(${JSON.stringify(file)}, options.token + '\\n')
        ${run}
      },
    })`
  const inSteps = `yield say(options.token + ' one')
        await sleep(5)
        yield say(options.token + ' two')
        yield say(options.token + ' three')`
  const atOnce = `yield say(options.token + ' three')`
  return {
    'once.ts': body(false, inSteps),
    'again.ts': body(true, inSteps),
    'soon.ts': body(false, atOnce),
    'anew.ts': body(true, atOnce),
  }
}
