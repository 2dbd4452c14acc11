import { card, command, UsageError, whisper } from 'slashroom'

type Poll = { readonly id: string; readonly question: string; readonly answers: readonly string[] }

/** `/vote 2` votes for the second answer; a person's later vote replaces the earlier one. */
export default command({
  summary: 'Votes in the room’s poll',
  options: { answer: { type: 'integer', positional: true, required: true, min: 1, max: 10, summary: 'Its number' } },
  async run({ options, invocation, store }) {
    const poll = (await store.get(`poll:${invocation.room.id}`)) as Poll | undefined // only /poll writes there
    if (!poll) return whisper('There is no poll here. Start one with /poll')
    if (options.answer > poll.answers.length) throw new UsageError(`There are ${poll.answers.length} answers.`)

    // A key for each voter: two people who vote at once cannot overwrite each other.
    await store.set(`vote:${poll.id}:${invocation.user.id}`, options.answer, { ttlMs: 86_400_000 })
    const votes: unknown[] = []
    for await (const [, answer] of store.list(`vote:${poll.id}:`)) votes.push(answer)
    const count = (index: number) => votes.filter((answer) => answer === index + 1).length
    return card({
      title: poll.question,
      text: votes.length === 1 ? '1 vote' : `${votes.length} votes`,
      fields: poll.answers.map((answer, index) => ({ label: answer, value: `${count(index)}` })),
    })
  },
})
