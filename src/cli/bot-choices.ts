import { UsageError } from '../model/errors.js'
import type { Language } from './templates/language.js'
import { platformTemplates } from './templates/platform-section.js'

/** The choices for a new bot. */
export interface BotChoices {
  readonly folder: string
  /** The platforms that its README and packages cover; it can use all of them. */
  readonly platforms: readonly string[]
  readonly language: Language
}

/** The choices made so far. */
export type KnownChoices = { readonly [Choice in keyof BotChoices]: BotChoices[Choice] | undefined }

/** The choices for a bot if nothing is said. */
export const defaultChoices: BotChoices = { folder: 'my-bot', platforms: ['hipchat'], language: 'typescript' }

/** Fills in the default for each choice that was not made. */
export function withDefaults({ folder, platforms, language }: KnownChoices): BotChoices {
  return {
    folder: folder ?? defaultChoices.folder,
    platforms: platforms ?? defaultChoices.platforms,
    language: language ?? defaultChoices.language,
  }
}

/** The names of all platforms. */
export const platformNames = Object.keys(platformTemplates).join(', ')

/** Parses platform names separated by commas or spaces. Throws UsageError. */
export function readPlatforms(text: string): readonly string[] {
  const names = text
    .toLowerCase()
    .split(/[\s,]+/)
    .filter(Boolean)
  const unknown = names.find((name) => !Object.hasOwn(platformTemplates, name))
  if (unknown !== undefined) throw new UsageError(`there is no ${unknown}. There are ${platformNames}.`)
  if (names.length === 0) throw new UsageError(`name one or several of ${platformNames}.`)
  return [...new Set(names)]
}

/** Throws UsageError. */
export function readLanguage(text: string): Language {
  const name = text.trim().toLowerCase()
  if (['typescript', 'ts'].includes(name)) return 'typescript'
  if (['javascript', 'js'].includes(name)) return 'javascript'
  throw new UsageError(`a command is written in typescript or javascript, not in "${name}".`)
}
