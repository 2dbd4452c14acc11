import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { command, say } from 'slashroom'

const run = promisify(execFile)
const steps = ['build', 'test', 'release'] as const

/** `/deploy api 1.4.0 --env prod` runs a script step by step and shows the progress. */
export default command({
  summary: 'Releases a version',
  options: {
    service: { type: 'choice', choices: ['api', 'web'], positional: true, required: true, summary: 'What' },
    version: { type: 'string', pattern: /\d+\.\d+\.\d+/, positional: true, required: true, summary: 'Such as 1.4.0' },
    env: { type: 'choice', choices: ['staging', 'prod'], default: 'staging', alias: 'e', summary: 'Where' },
  },
  timeout: '15m',
  async *run({ options, signal }) {
    const { service, version, env } = options
    const script = process.env['DEPLOY_SCRIPT'] ?? './deploy.sh'
    for (const step of steps) {
      yield say(`${service} ${version} to ${env}: ${step}…`, { updateKey: 'progress' })
      // No shell: what people type can only ever be an argument. The signal ends the script with the call.
      await run(script, [step, service, version, env], { signal })
    }
    yield say(`${service} ${version} is on ${env}.`, { tone: 'good' })
  },
})
