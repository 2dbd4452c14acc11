import type { HookReply } from '../model/hook.js'
import { type CardButton, card, type Tone } from '../model/reply.js'

/** The parts of an event's card; undefined ones are left out. */
export interface EventCard {
  readonly title: string
  readonly text?: string | undefined
  readonly url?: string | undefined
  readonly image?: string | undefined
  /** Values by label. */
  readonly fields?: Readonly<Record<string, string | undefined>>
  readonly buttons?: readonly CardButton[] | undefined
  readonly tone?: Tone | undefined
  readonly notify?: boolean | undefined
  readonly updateKey?: string | undefined
  readonly closesKey?: boolean | undefined
}

/** The card of an event. */
export function eventCard({ title, text, url, image, fields = {}, buttons = [], ...style }: EventCard): HookReply {
  const list = Object.entries(present(fields)).map(([label, value]) => ({ label, value }))
  const rest = present({
    text: text || undefined,
    url,
    image,
    fields: list.length > 0 ? list : undefined,
    buttons: buttons.length > 0 ? buttons : undefined,
  })
  return { ...card({ title, ...rest }), ...present(style) }
}

function present<Members extends object>(members: Members): Present<Members> {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as Present<Members>
}

type Present<Members> = { readonly [Name in keyof Members]: Exclude<Members[Name], undefined> }

/** A name with its number, such as `Pipeline #7`, or what to say if the event does not tell the number. */
export function numbered(name: string, number: string | undefined, otherwise: string): string {
  return number === undefined ? otherwise : `${name}${number}`
}

/** The key of all updates of one thing; undefined if the event does not tell which, so that no other's card is replaced. */
export function updateKeyOf(kind: string, ...ids: readonly (string | undefined)[]): string | undefined {
  return ids.includes(undefined) ? undefined : [kind, ...ids].join(' ')
}

/** The first lines of a list, and how many more there are. */
export function firstLines(lines: readonly string[], total = lines.length, most = 5): string {
  const shown = lines.slice(0, most)
  return [...shown, ...(total > shown.length ? [`… and ${total - shown.length} more`] : [])].join('\n')
}
