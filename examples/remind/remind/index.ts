import { command, whisper } from 'slashroom'

const day = 86_400_000

/** `/remind 2h call the dentist` keeps it until it is due. */
export default command({
  summary: 'Keeps something for later; /remind due shows what is due',
  options: {
    in: { type: 'duration', positional: true, required: true, min: 60_000, max: 365 * day, summary: 'As 20m or 2h' },
    what: { type: 'string', positional: true, rest: true, required: true, max: 500, summary: 'What to think of' },
  },
  examples: ['/remind 20m pizza is in the oven', '/remind due'],
  async run({ options, invocation, store }) {
    const due = invocation.at + options.in
    // Keys are listed in their order: with the time in front, the next one comes first.
    const key = `remind:${invocation.user.id}:${String(due).padStart(15, '0')}:${invocation.id}`
    await store.set(key, options.what, { ttlMs: options.in + 30 * day })
    return whisper(`Kept until ${new Date(due).toISOString().slice(0, 16).replace('T', ' ')} UTC.`)
  },
})
