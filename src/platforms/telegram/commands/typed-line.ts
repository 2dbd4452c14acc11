import { isPrivate } from '../updates/enrich-update.js'
import type { Chat } from '../wire.js'
import type { Menu } from './menu.js'

/**
 * The line of a message with the command's own name: `/deploy_status@our_bot prod` becomes `/deploy status prod`. Undefined for
 * other messages and for other bots' commands.
 */
export function toTypedLine(text: string, chat: Chat, menu: Menu, ownName: string | undefined): string | undefined {
  const [, word = '', addressee, rest = ''] = /^\/([^\s@]+)(?:@(\w+))?(?=\s|$)(.*)$/s.exec(text) ?? []
  if (word === '' || (addressee && addressee.toLowerCase() !== ownName?.toLowerCase())) return undefined
  const lower = word.toLowerCase()
  if (menu.hasRoot(lower)) return `/${word}${rest}`
  // Clients send it when somebody opens a chat with the bot.
  if (lower === 'start' && isPrivate(chat)) return '/help'
  return `/${menu.find(lower) ?? word}${rest}`
}
