import { command, whisper } from 'slashroom'

/** `/remind due` shows what is due, once. */
export default command({
  summary: 'Shows what is due',
  async run({ invocation, store }) {
    const due: string[] = []
    let waiting = 0
    for await (const [key, what] of store.list(`remind:${invocation.user.id}:`)) {
      const at = Number(key.split(':').at(-2))
      if (at > invocation.at) waiting++
      else {
        due.push(`• ${what}`)
        await store.delete(key)
      }
    }
    const rest = waiting === 0 ? 'Nothing else is waiting.' : `${waiting} more ${waiting === 1 ? 'waits' : 'wait'}.`
    return whisper([...(due.length > 0 ? due : ['Nothing is due.']), rest].join('\n'))
  },
})
