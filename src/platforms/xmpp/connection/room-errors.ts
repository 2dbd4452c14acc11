import { type Element, ns } from '../wire.js'

/** Why the bot is not in a room, in words for the operator, and how soon it should try again. */
export interface Refusal {
  readonly reason: string
  readonly again: 'soon' | 'later' | 'slowly'
}

/** Why a room refused the bot. https://xmpp.org/extensions/xep-0045.html#enter */
export function refusalOf(condition: string, hasPassword: boolean): Refusal {
  const password = hasPassword
    ? 'its password in XMPP_ROOMS is wrong'
    : 'it requires a password: write it after the room and a space in XMPP_ROOMS'
  const known: Readonly<Record<string, Refusal>> = {
    'not-authorized': { reason: password, again: 'slowly' },
    forbidden: { reason: 'the bot is banned', again: 'slowly' },
    'registration-required': { reason: 'it is for members only, and the bot is not a member', again: 'slowly' },
    'not-allowed': { reason: 'there is no such room, and the bot is not allowed to create it', again: 'slowly' },
    'not-acceptable': { reason: 'the bot must use the nick that is registered for it', again: 'slowly' },
    'jid-malformed': { reason: 'its address or the nick is invalid', again: 'slowly' },
    'item-not-found': {
      reason: 'there is no such room, or it is locked until its owner has set it up',
      again: 'later',
    },
    'service-unavailable': { reason: 'it is full', again: 'later' },
    'resource-constraint': { reason: 'it is full', again: 'later' },
  }
  return known[condition] ?? { reason: `its server answered ${condition || 'with an unknown error'}`, again: 'soon' }
}

/** Why the bot is no longer in a room. */
export function departureOf(presence: Element, codes: ReadonlySet<string>): Refusal {
  const destroyed = presence.getChild('x', ns.mucUser)?.getChild('destroy')
  if (destroyed) return { reason: 'the room was destroyed', again: 'slowly' }
  if (codes.has('301')) return { reason: 'the bot was banned', again: 'slowly' }
  if (codes.has('322') || codes.has('321')) return { reason: 'the room is for members only now', again: 'slowly' }
  if (codes.has('307')) return { reason: 'the bot was kicked', again: 'later' }
  if (codes.has('332')) return { reason: 'the room’s server is shutting down', again: 'soon' }
  return { reason: 'the room removed the bot', again: 'soon' }
}

/** The condition and the type of a stanza's error. */
export function errorOf(stanza: Element): { readonly condition: string; readonly type: string } {
  const error = stanza.getChild('error')
  const condition = error
    ?.getChildElements()
    .find(({ attrs, name }) => name !== 'text' && attrs['xmlns'] === ns.stanzas)
  return { condition: condition?.name ?? '', type: error?.attrs['type'] ?? '' }
}
