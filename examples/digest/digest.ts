import { command, file, say } from 'slashroom'

const day = 86_400_000
type Note = { readonly at: number; readonly name: string; readonly text: string }

/** `/digest --since 7d` sums up the notes; `--csv` returns them as a file. It runs on Fridays. */
export default command({
  summary: 'Sums up the notes of this room',
  options: {
    since: { type: 'duration', default: day, min: 60_000, max: 90 * day, alias: 's', summary: 'How far back' },
    csv: { type: 'boolean', summary: 'As a file' },
  },
  schedule: { cron: '0 16 * * 5', zone: 'Europe/Berlin', options: { since: '7d' } },
  idempotent: true,
  async run({ options, invocation, store }) {
    const notes: Note[] = []
    for await (const [, value] of store.list(`note:${invocation.room.id}:`)) {
      const note = value as Note // only /note writes there
      if (note.at >= invocation.at - options.since) notes.push(note)
    }
    const text =
      notes.length === 0 ? 'There are no notes.' : notes.map(({ name, text }) => `• ${text} (${name})`).join('\n')
    if (!options.csv) return say(text)
    const rows = notes.map(({ at, name, text }) => [new Date(at).toISOString(), name, text].map(cell).join(','))
    return file('digest.csv', ['at,name,text', ...rows].join('\r\n'), { type: 'text/csv', text })
  },
})

/** Quoted, and never a formula: a spreadsheet would evaluate text that begins like one. */
function cell(text: string): string {
  return `"${text.replace(/^(?=[=+\-@\t\r])/, "'").replaceAll('"', '""')}"`
}
