import { isPrivate } from '../updates/enrich-update.js'
import type { Chat } from '../wire.js'
import type { Menu } from './menu.js'

/**
 * The line that a message types, as commands are called here: `/deploy_status@our_bot prod` is `/deploy status prod`.
 * Undefined for what is no command, and for those of other bots.
 */
export function toTypedLine(text: string, chat: Chat, menu: Menu, ownName: string | undefined): string | undefined {
  const [, word = '', addressee, rest = ''] = /^\/([^\s@]+)(?:@(\w+))?(?=\s|$)(.*)$/s.exec(text) ?? []
  if (word === '' || (addressee && addressee.toLowerCase() !== ownName?.toLowerCase())) return undefined
  const lower = word.toLowerCase()
  if (menu.hasRoot(lower)) return `/${word}${rest}`
  // What clients send by themselves when somebody opens a talk with the bot.
  if (lower === 'start' && isPrivate(chat)) return '/help'
  return `/${menu.find(lower) ?? word}${rest}`
}
