import type { ChoiceOption } from '../../model/option.js'
import { nearest } from '../did-you-mean.js'
import { mustBe, type OptionType } from './option-type.js'

/** One of several strings; case does not matter. */
export const choice: OptionType<ChoiceOption, 'choices'> = {
  parts: { choices: { mustBe: 'a list of different texts', required: true, read: readChoices } },
  compile({ choices }) {
    const lower = choices.map((choice) => choice.toLowerCase())
    return {
      bounds: [choices.join(', ')],
      choices,
      read(text) {
        const value = choices[lower.indexOf(text.toLowerCase())]
        if (value !== undefined) return { value }
        const meant = nearest(text, lower)
        const hint = meant === undefined ? '' : ` Did you mean ${choices[lower.indexOf(meant)]}?`
        return mustBe(oneOf(choices), text, hint)
      },
    }
  },
  write: (value) => (typeof value === 'string' ? value : undefined),
}

function readChoices(part: unknown): readonly string[] | undefined {
  if (!Array.isArray(part) || part.length === 0) return undefined
  const texts = part.filter((choice) => typeof choice === 'string' && choice !== '')
  return new Set(texts.map((choice) => choice.toLowerCase())).size === part.length ? texts : undefined
}

function oneOf(choices: readonly string[]): string {
  const shown = choices.length > 12 ? [...choices.slice(0, 12), '…'] : choices
  return shown.length === 1 ? `${shown[0]}` : `${shown.slice(0, -1).join(', ')} or ${shown.at(-1)}`
}
