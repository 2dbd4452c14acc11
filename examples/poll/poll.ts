import { card, command, UsageError } from 'slashroom'

/** `/poll "Lunch?" pizza sushi` asks the room, with a button for each answer. */
export default command({
  summary: 'Asks the room',
  options: {
    question: { type: 'string', positional: true, required: true, max: 200, summary: 'In quotes' },
    answers: { type: 'string', positional: true, many: true, max: 60, summary: 'Two to ten' },
  },
  examples: ['/poll "Lunch today?" pizza sushi "no lunch"'],
  async run({ options, invocation, store }) {
    const { question, answers } = options
    if (answers.length < 2 || answers.length > 10) throw new UsageError('Give two to ten answers.')
    const poll = { id: invocation.id, question, answers }
    await store.set(`poll:${invocation.room.id}`, poll, { ttlMs: 86_400_000 })
    return card({
      title: question,
      text: `${invocation.user.name} asks. Vote until tomorrow, with a button or by typing /vote 1`,
      fields: answers.map((answer, index) => ({ label: `${index + 1}`, value: answer })),
      buttons: answers.map((answer, index) => ({ label: answer, command: `/vote ${index + 1}` })),
    })
  },
})
