import { card, command, whisper } from 'slashroom'

/** `/incident open -s major Checkout is down` opens an incident; a room has one at a time. */
export default command({
  summary: 'Opens an incident in this room',
  options: {
    severity: { type: 'choice', choices: ['minor', 'major'], default: 'minor', alias: 's', summary: 'How bad it is' },
    title: { type: 'string', positional: true, rest: true, required: true, max: 120, summary: 'What is broken' },
  },
  async run({ options, invocation, store }) {
    const incident = { title: options.title, by: invocation.user.name, at: invocation.at }
    // If two people open one at once, `add` returns true for only one of them.
    const opened = await store.add(`incident:${invocation.room.id}`, incident)
    if (!opened) return whisper('There is already an open incident. Close it with /incident close')
    return card(
      {
        title: `Incident: ${options.title}`,
        text: `${incident.by} opened this. Please use this room for nothing else until it is closed.`,
        fields: [
          { label: 'Severity', value: options.severity, tone: options.severity === 'major' ? 'bad' : 'warning' },
        ],
        buttons: [{ label: 'Close', command: '/incident close', tone: 'good' }],
      },
      { tone: 'bad', notify: options.severity === 'major' },
    )
  },
})
