import { randomInt } from 'node:crypto'
import { card, command } from 'slashroom'

const day = 86_400_000

/** `/request Refund order 1234` asks a second person for approval. */
export default command({
  summary: 'Asks for approval',
  options: { what: { type: 'string', positional: true, rest: true, required: true, max: 300, summary: 'What for' } },
  async run({ options, invocation, store }) {
    const request = { what: options.what, user: invocation.user.id, name: invocation.user.name }
    let number = randomInt(1000, 10_000)
    while (!(await store.add(`request:${number}`, request, { ttlMs: day }))) number = randomInt(1000, 10_000)
    return card({
      title: `${request.name} asks for approval`,
      text: request.what,
      fields: [{ label: 'Number', value: `${number}` }],
      buttons: [{ label: 'Approve', command: `/approve ${number}`, tone: 'good' }],
    })
  },
})
