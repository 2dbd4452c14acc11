import { command, say } from 'slashroom'

const hour = 3_600_000
type Shift = { readonly name: string; readonly until: number }

/** `/on-call @ben --for 8h` hands the pager over; `/on-call` says who has it. */
export default command({
  summary: 'Says who is on call, or hands it over',
  options: {
    to: { type: 'user', positional: true, summary: 'Who takes over' },
    for: { type: 'duration', default: 8 * hour, min: hour / 4, max: 7 * 24 * hour, summary: 'For how long' },
  },
  examples: ['/on-call', '/on-call @ben --for 12h'],
  async run({ options, invocation, store }) {
    if (options.to) {
      const shift: Shift = { name: options.to.name, until: invocation.at + options.for }
      await store.set('on-call', shift, { ttlMs: options.for }) // expires when the shift ends
      return say(`${shift.name} is on call for ${hours(options.for)}.`, { tone: 'good' })
    }
    const shift = (await store.get('on-call')) as Shift | undefined // only the lines above write there
    if (!shift) return say('Nobody is on call. Take it with /on-call @you', { tone: 'warning' })
    return say(`${shift.name} is on call for another ${hours(shift.until - invocation.at)}.`)
  },
})

function hours(ms: number): string {
  return ms < hour ? `${Math.round(ms / 60_000)} min` : `${Number((ms / hour).toFixed(1))} h`
}
