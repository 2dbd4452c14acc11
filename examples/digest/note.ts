import { command, whisper } from 'slashroom'

/** `/note the new search is out` saves a line for the digest. */
export default command({
  summary: 'Saves a line for the digest',
  options: {
    text: { type: 'string', positional: true, rest: true, required: true, max: 500, summary: 'What to report' },
  },
  async run({ options, invocation, store }) {
    const { at, id, room, user } = invocation
    const note = { at, name: user.name, text: options.text }
    await store.set(`note:${room.id}:${String(at).padStart(15, '0')}:${id}`, note, { ttlMs: 90 * 86_400_000 })
    return whisper('Saved for the digest.')
  },
})
