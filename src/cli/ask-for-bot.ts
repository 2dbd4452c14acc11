import { createInterface } from 'node:readline/promises'
import { isBotError } from '../model/errors.js'
import {
  type BotChoices,
  defaultChoices,
  type KnownChoices,
  platformNames,
  readLanguage,
  readPlatforms,
} from './bot-choices.js'

/** Asks for the choices not made yet. Undefined if the user closes the input instead. */
export async function askForBot({ folder, platforms, language }: KnownChoices): Promise<BotChoices | undefined> {
  const terminal = createInterface({ input: process.stdin, output: process.stdout })
  const lines = terminal[Symbol.asyncIterator]() // unlike `question()`, this keeps further pasted lines
  const ask: Ask = async (question, byDefault, read) => {
    terminal.setPrompt(`${question} [${byDefault}]? `)
    terminal.prompt()
    const { done, value } = await lines.next()
    if (done) throw new ClosedError()
    return readAnswer(value.trim() || byDefault, read) ?? (await ask(question, byDefault, read))
  }
  try {
    return {
      folder: folder ?? (await ask('Name of its folder', defaultChoices.folder, (text) => text)),
      platforms:
        platforms ?? (await ask(`For which chats: ${platformNames}`, defaultChoices.platforms.join(), readPlatforms)),
      language: language ?? (await ask('TypeScript or JavaScript', defaultChoices.language, readLanguage)),
    }
  } catch (error) {
    if (error instanceof ClosedError) return undefined
    throw error
  } finally {
    terminal.close()
  }
}

/** Asks until the answer is valid; an empty answer means the default. */
type Ask = <T>(question: string, byDefault: string, read: (text: string) => T) => Promise<T>

/** Prints what is wrong with an answer and returns undefined. */
function readAnswer<T>(text: string, read: (text: string) => T): T | undefined {
  try {
    return read(text)
  } catch (error) {
    if (!isBotError(error, 'usage')) throw error
    console.log(error.message)
    return undefined
  }
}

class ClosedError extends Error {}
