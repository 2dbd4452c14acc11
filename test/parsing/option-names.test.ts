import { describe, expect, it } from 'vitest'
import type { LoadedCommand } from '../../src/model/command.js'
import type { Options } from '../../src/model/option.js'
import { compileOptions } from '../../src/parsing/compile-options.js'
import { formatLine } from '../../src/parsing/format-line.js'
import { parse } from '../../src/parsing/parse-options.js'
import { tokenize } from '../../src/parsing/tokenize.js'
import { optionTable, usageLine } from '../../src/parsing/usage.js'
import { buildCommands } from '../../src/platforms/discord/commands/application-commands.js'
import { rootCommands } from '../../src/platforms/root-commands.js'
import { optionPrompt } from '../../src/prompts/option-prompt.js'
import { fc } from '../fixtures/property.js'

/** All places that tell people how an option is called. */
async function hintsOf(name: string, more: object = {}): Promise<readonly string[]> {
  const options = { [name]: { type: 'string', required: true, ...more } } satisfies Options
  const compiled = compileOptions(options)
  const [one] = compiled.options
  const command = { summary: 'x', options, run() {} }
  const loaded: LoadedCommand = { name: 'do', names: ['do'], command }
  const refused = await read(options, '')
  const texts = [
    usageLine('do', compiled),
    ...optionTable(compiled),
    ...rootCommands([loaded]).map(({ hint }) => hint),
    ...buildCommands([loaded]).commands.flatMap((built) => built.options?.map((option) => `--${option.name}`) ?? []),
    formatLine('do', { [name]: 'x' }, compiled),
    'errors' in refused ? String(refused.errors[0]?.message) : '',
    one ? JSON.stringify(optionPrompt(one, 'ABCD')).replace(/.*Which ([^?]*)\?.*/, '--$1') : '',
  ]
  return texts.map((text) => /^(?:\/do )?[<[]?(?:--)?([a-z][\w-]*)/i.exec(text)?.[1] ?? text)
}

async function read(options: Options, typed: string) {
  return await parse(compileOptions(options), `/do ${typed}`, tokenize(`/do ${typed}`).slice(1))
}

const names = fc.stringMatching(/^[a-zA-Z][a-zA-Z0-9_-]{0,11}$/)

describe('the name of an option', () => {
  it('is accepted as it is hinted, everywhere', async () => {
    await fc.assert(
      fc.asyncProperty(names, fc.boolean(), async (name, positional) => {
        const hints = await hintsOf(name, { positional })
        expect(hints).toHaveLength(7)
        for (const hint of hints) {
          expect(await read({ [name]: { type: 'string' } }, `--${hint} x`), hint).toEqual({ values: { [name]: 'x' } })
        }
      }),
      { numRuns: 200 },
    )
  })

  it('is hinted in one spelling', async () => {
    for (const [name, typed] of [
      ['env', 'env'],
      ['roundTime', 'round-time'],
      ['baseURL', 'base-url'],
      ['oldPRs', 'old-prs'],
      ['top10List', 'top10-list'],
    ] as const) {
      expect(new Set(await hintsOf(name)), name).toEqual(new Set([typed]))
      expect(new Set(await hintsOf(name, { positional: true })), name).toEqual(new Set([typed]))
    }
    expect(await read({ baseURL: { type: 'string' } }, '--baseurk x')).toMatchObject({
      errors: [{ message: expect.stringContaining('Did you mean --base-url?') }],
    })
  })
})
