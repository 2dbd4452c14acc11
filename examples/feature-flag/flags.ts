import { command, say } from 'slashroom'

/** `/flags` lists the feature flags. */
export default command({
  summary: 'Lists the feature flags',
  idempotent: true,
  async run({ store }) {
    const lines: string[] = []
    for await (const [key, state] of store.list('flag:')) lines.push(`${key.slice('flag:'.length)}: ${state}`)
    return say(lines.length > 0 ? lines.join('\n') : 'There are no flags yet. Create one with /flag name on')
  },
})
