import { command, say } from 'slashroom'

/** `/flag new-checkout on` switches a feature, for developers only and after a confirmation. */
export default command({
  summary: 'Switches a feature flag',
  options: {
    name: { type: 'string', pattern: /[a-z][a-z0-9-]{0,39}/, positional: true, required: true, summary: 'Which' },
    state: { type: 'choice', choices: ['on', 'off'], positional: true, required: true, summary: 'On or off' },
  },
  allow: { roles: ['developer', 'admin'] },
  confirm: 'This changes it for everyone. Continue?',
  async run({ options, invocation, store, log }) {
    const { name, state } = options
    await store.set(`flag:${name}`, state)
    log.info({ flag: name, state, user: invocation.user.id }, 'flag switched')
    return say(`${name} is ${state}, says ${invocation.user.name}.`, { tone: state === 'on' ? 'good' : 'warning' })
  },
})
