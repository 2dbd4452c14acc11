import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { buildMenu } from '../../../src/platforms/telegram/commands/menu.js'
import { toTypedLine } from '../../../src/platforms/telegram/commands/typed-line.js'
import { ephemeralMs, textLimit } from '../../../src/platforms/telegram/wire.js'
import { parsePolicy } from '../../../src/policy/parse-policy.js'
import { kimsTalk, ops } from '../../fixtures/telegram.js'
import { load } from './bot.js'

const page = readFileSync('docs/telegram.md', 'utf8')

describe('the guide to Telegram', () => {
  it('has a policy that lets one chat in and nobody else', () => {
    const [, policy = ''] = /```yaml\n([\s\S]*?)```/.exec(page) ?? []
    const { rules, otherwise } = parsePolicy(policy)
    expect(otherwise).toBe('deny')
    expect(rules).toMatchObject([{ decision: 'allow', tenants: ['-1001234567890'] }])
  })

  it('names what is typed as it is read', () => {
    const menu = buildMenu([load('deploy status'), load('help')])
    const chatOf = (line: string) => {
      const { id, type } = line === '/start' ? kimsTalk : ops
      return { id: String(id), type, title: undefined, username: undefined }
    }
    const [, rows = ''] = /\| typed \| is \|\n.*\n((?:\|.*\n)+)/.exec(page) ?? []
    const typed = [...rows.matchAll(/^\| `([^`]+)`/gm)].map(([, line = '']) => line)
    expect(typed).toHaveLength(5)
    for (const line of typed) {
      const read = toTypedLine(line, chatOf(line), menu, 'our_bot')
      expect(read, line).toMatch(line === '/start' ? /^\/help$/ : /^\/deploy status/)
    }
  })

  it('has the figures of the code', () => {
    expect(page).toContain(`${textLimit.toLocaleString('en')} UTF-16 units`)
    expect(page).toContain(`within ${ephemeralMs / 1_000} seconds`)
  })
})
