import type { Invocation } from '../../model/invocation.js'
import type { RoomReference, UserReference } from '../../model/option.js'

/** Reads `@mention`, a name, Slack's `<@U1|name>`, Discord's `<@1>` and `<@!1>` as a user; else undefined. */
export function readUser(text: string, invocation?: Invocation): UserReference | undefined {
  const [, id, shown] = /^<@!?([^|>\s]{1,100})(?:\|([^>]{0,200}))?>$/.exec(text) ?? []
  const name = (shown || text.replace(/^[@＠]/, '')).trim()
  if (name === '' || text.length > 200) return undefined
  const lower = name.toLowerCase()
  const known = id
    ? invocation?.mentions.find((user) => user.id === id)
    : (invocation?.mentions.find((user) => user.mention?.toLowerCase() === lower) ??
      invocation?.mentions.find((user) => user.name.toLowerCase() === lower))
  if (known) return person(known.id, known.name, known.mention)
  return id ? person(id, shown || id) : { name }
}

function person(id: string, name: string, mention?: string): UserReference {
  return { id, name, ...(mention === undefined ? {} : { mention }) }
}

/** Reads `#name`, a name, an id, Slack's `<#C1|name>`, Discord's `<#1>` as a room; undefined if none is named. */
export function readRoom(text: string, invocation?: Invocation): RoomReference | undefined {
  const [, id, shown] = /^<#([^|>\s]{1,100})(?:\|([^>]{0,200}))?>$/.exec(text) ?? []
  const name = (shown || id || text.replace(/^[#＃]/, '')).trim()
  if (name === '' || text.length > 200) return undefined
  const here = invocation?.room
  const known = here && (here.id === (id ?? name) || (!id && here.name.toLowerCase() === name.toLowerCase()))
  if (known) return { id: here.id, name: here.name }
  return { ...(id || /^\d+$/.test(name) ? { id: id ?? name } : {}), name }
}
