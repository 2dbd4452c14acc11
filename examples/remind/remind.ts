import { command, say, whisper } from 'slashroom'

const day = 86_400_000

/** `/remind 10m call Bob` reminds you in ten minutes. */
export default command({
  summary: 'Reminds you here, at the time you set',
  options: {
    in: { type: 'duration', positional: true, required: true, min: 1_000, max: 365 * day, summary: '20m or 2h' },
    what: { type: 'string', positional: true, rest: true, required: true, max: 500, summary: 'What to remind you of' },
    due: { type: 'boolean', summary: 'Shows the reminder; typed by the bot itself' },
  },
  examples: ['/remind 20m pizza is in the oven'],
  async run({ options, invocation, later }) {
    const { mention, name } = invocation.user
    if (options.due) return say(`${mention ? `@${mention}` : name}: ${options.what}`, { notify: true })
    // Typed again at that time, as you and in this room, even if the bot was restarted in between.
    await later(options.in, `/remind --due 1s ${options.what}`)
    const at = new Date(invocation.at + options.in)
    return whisper(`Noted for ${at.toISOString().slice(0, 16).replace('T', ' ')} UTC.`)
  },
})
