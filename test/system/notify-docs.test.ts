import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { deployNotifier, type NotifierDeployment } from '../fixtures/notifier-deployment.js'
import { runProgram, slashroom } from '../fixtures/slashroom.js'

const [page = ''] = readFileSync('docs/notify.md', 'utf8').split('\n## Tokens\n')

describe('what the page on notifications types before it comes to tokens', () => {
  let bot: NotifierDeployment
  beforeAll(async () => {
    const [, jenkins = ''] = /`hooks\/jenkins\.ts`\n\n```ts\n([\s\S]*?)```/.exec(page) ?? []
    bot = await deployNotifier({ 'hooks/jenkins.ts': jenkins })
  })
  afterAll(() => bot?.close())

  it('is answered as the page says', async () => {
    const shown = [...page.matchAll(/```sh\n([^`]+)```\n\n```\n([^`]+)```/g)]
    expect(shown).toHaveLength(page.split('```sh').length - 1)
    const script = shown.map(([, typed = '']) => toScript(typed)).join(`echo '${divider}'\n`)
    const { out } = await runProgram('bash', ['-c', `exec 2>&1\n${script}`], { env: bot.env })
    const answers = out.split(`${divider}\n`)
    for (const [index, [, typed, expected = '']] of shown.entries()) {
      expect(normalize(answers[index] ?? ''), typed).toBe(normalize(expected))
    }
  })

  /** Each line as a newcomer types it, against this bot. */
  function toScript(typed: string): string {
    const lines = typed.trim().split('\n')
    return lines.map((line) => `${inPlace(line)}\n${after(line)}\n`).join('')
  }

  /** A bot that runs knows of an alias within a second. */
  function after(line: string): string {
    if (line.includes('alias set')) return 'sleep 1'
    return line.startsWith('curl') ? 'echo' : ''
  }

  function inPlace(line: string): string {
    return line
      .replaceAll('npx slashroom', `'${process.execPath}' '${slashroom}'`)
      .replaceAll('localhost:3000', new URL(bot.url).host)
      .replaceAll(/\bcurl /g, 'curl -sS ')
  }
})

const divider = '--- the next block'

/** Ids are others each time, and what was delivered a moment later still waits. */
function normalize(answer: string): string {
  const lines = answer.split('\n').filter((line) => line.trim() !== '')
  return lines.map((line) => line.replace(/"[a-z2-7]{16}"/g, '"id"').replaceAll('"waiting"', '"delivered"')).join('\n')
}
