import { command, ForbiddenError, say, UsageError, whisper } from 'slashroom'

const day = 86_400_000
type Request = { readonly what: string; readonly user: string; readonly name: string }

/** `/approve 4711` approves a request, once, and never your own. */
export default command({
  summary: 'Approves a request',
  options: { number: { type: 'integer', positional: true, required: true, min: 1000, max: 9999, summary: 'Which' } },
  async run({ options, invocation, store }) {
    const request = (await store.get(`request:${options.number}`)) as Request | undefined // only /request writes there
    if (!request) throw new UsageError('There is no such request, or it is more than a day old.')
    if (request.user === invocation.user.id) throw new ForbiddenError('Someone else must approve this.')
    const first = await store.add(`approved:${options.number}`, invocation.user.name, { ttlMs: day })
    if (!first) return whisper('This has already been approved.')
    return say(`${invocation.user.name} approved this for ${request.name}: ${request.what}`, {
      tone: 'good',
      notify: true,
    })
  },
})
