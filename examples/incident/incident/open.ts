import { card, command, whisper } from 'slashroom'

/** `/incident open -s major Checkout is down` opens the room's incident, of which there is one at a time. */
export default command({
  summary: 'Opens an incident in this room',
  options: {
    severity: { type: 'choice', choices: ['minor', 'major'], default: 'minor', alias: 's', summary: 'How bad it is' },
    title: { type: 'string', positional: true, rest: true, required: true, max: 120, summary: 'What is broken' },
  },
  async run({ options, invocation, store }) {
    const incident = { title: options.title, by: invocation.user.name, at: invocation.at }
    // Where two open one at once, `add` is true for one of them.
    const opened = await store.add(`incident:${invocation.room.id}`, incident)
    if (!opened) return whisper('There is an open incident already. End it with /incident close')
    return card(
      {
        title: `Incident: ${options.title}`,
        text: `${incident.by} has opened it. Please keep the room to this until it is closed.`,
        fields: [
          { label: 'Severity', value: options.severity, tone: options.severity === 'major' ? 'bad' : 'warning' },
        ],
        buttons: [{ label: 'Close', command: '/incident close', tone: 'good' }],
      },
      { tone: 'bad', notify: options.severity === 'major' },
    )
  },
})
