import { command, say, whisper } from 'slashroom'

type Incident = { readonly title: string; readonly at: number }

/** `/incident close` closes the room's incident and says how long it lasted. */
export default command({
  summary: 'Closes this room’s incident',
  async run({ invocation, store }) {
    const key = `incident:${invocation.room.id}`
    const incident = (await store.get(key)) as Incident | undefined // only /incident open writes there
    if (!incident) return whisper('There is no open incident here.')
    await store.delete(key)
    const minutes = Math.max(1, Math.round((invocation.at - incident.at) / 60_000))
    return say(`Closed after ${minutes} min: ${incident.title}`, { tone: 'good', notify: true })
  },
})
