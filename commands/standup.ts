import { command, say, type TenantStore, whisper } from 'slashroom'

type Part = 'yesterday' | 'today' | 'blockers'
type Entry = { readonly name: string } & Partial<Record<Part, string>>

const parts: readonly Part[] = ['yesterday', 'today', 'blockers']
const byLetter: Readonly<Record<string, Part>> = { y: 'yesterday', t: 'today', b: 'blockers' }
const nothing = /^(?:no|none|nope|nothing|nil|-|n\/a|0)[.!]?$/i
const longest = 500
const mostPeople = 100
const keptMs = 30 * 86_400_000

/** `/standup today release 2.1; blockers none` adds an entry; `/standup` shows everybody's. */
export default command({
  summary: 'Keeps the daily standup: yesterday, today, blockers',
  options: {
    text: {
      type: 'string',
      positional: true,
      rest: true,
      max: 3 * longest,
      summary: 'What you did, what you are doing, what blocks you. Without it, shows what everyone said',
    },
  },
  examples: [
    '/standup',
    '/standup yesterday',
    '/standup today release 2.1',
    '/standup yesterday: login fixed; today: release 2.1; blockers: none',
    '/standup clear',
  ],
  async run({ options, invocation, store }) {
    const { room, user } = invocation
    const text = (options.text ?? '').trim()
    const day = dayAsked(text, invocation.at)
    if (day) return show(store, room.id, day)

    const today = dayOf(invocation.at)
    const key = `${prefix(room.id, today)}${encodeURIComponent(user.id)}`
    if (/^clear\W*$/i.test(text)) {
      await store.delete(key)
      return whisper('Your standup for today is cleared.')
    }
    const said = split(text)
    if (parts.every((part) => !said[part])) return whisper('Say what you are doing, as in: /standup today release 2.1')
    const entry: Entry = { ...toEntry(await store.get(key)), ...said, name: user.name }
    await store.set(key, entry, { ttlMs: keptMs })
    return whisper(`Noted, ${user.name}.\n${lines(entry).join('\n')}\n${hint(entry)}`)
  },
})

/** The day that a line asks for; undefined if the line is an entry. */
function dayAsked(text: string, now: number): string | undefined {
  const word = text.toLowerCase().replace(/[.!?:…]+$/, '')
  if (word === '' || word === 'today') return dayOf(now)
  if (word === 'yesterday') return dayBefore(dayOf(now))
  return /^\d{4}-\d\d-\d\d$/.test(word) ? word : undefined
}

/** The date in the server's time zone. */
function dayOf(at: number): string {
  const date = new Date(at)
  return [date.getFullYear(), date.getMonth() + 1, date.getDate()].map((part) => `${part}`.padStart(2, '0')).join('-')
}

function dayBefore(day: string): string {
  return new Date(Date.parse(day) - 86_400_000).toISOString().slice(0, 10)
}

async function show(store: TenantStore, room: string, day: string) {
  const entries: Entry[] = []
  let more = 0
  for await (const [, value] of store.list(prefix(room, day))) {
    if (entries.length < mostPeople) entries.push(toEntry(value))
    else more++
  }
  if (entries.length === 0) return say(`Nobody has said anything for ${day} yet. Start with: /standup today …`)
  const blocked = entries.filter((entry) => entry.blockers && entry.blockers !== 'none').map((entry) => entry.name)
  const head = `Standup for ${day}: ${entries.length === 1 ? '1 person' : `${entries.length} people`}${
    blocked.length > 0 ? `, blocked: ${blocked.join(', ')}` : ''
  }`
  const body = entries.map((entry) => [entry.name, ...lines(entry)].join('\n'))
  return say([head, ...body, ...(more > 0 ? [`and ${more} more`] : [])].join('\n\n'), {
    tone: blocked.length > 0 ? 'warning' : 'neutral',
  })
}

function prefix(room: string, day: string): string {
  return `standup:${encodeURIComponent(room)}:${day}:`
}

function toEntry(value: unknown): Entry {
  return { name: 'Somebody', ...(value as Entry | undefined) } // only this file writes these keys
}

const label =
  /(?:^|[;.,\n])\s*(yesterday|today|block(?:ed|ers?))(?:\s*:|(?=\s|$))|\b(yesterday|today|block(?:ed|ers?)|[ytb]):/gi

/** Splits a text at its labels: at the start of a sentence or line, or anywhere with a colon. Without any, all is today's. */
function split(text: string): Partial<Record<Part, string>> {
  const found = [...text.matchAll(label)]
  const first = tidy(text.slice(0, found[0]?.index))
  const said: Partial<Record<Part, string>> = first ? { today: first } : {}
  for (const [index, match] of found.entries()) {
    const part = byLetter[(match[1] ?? match[2] ?? 't').charAt(0).toLowerCase()] ?? 'today'
    const words = tidy(text.slice(match.index + match[0].length, found[index + 1]?.index))
    if (words) said[part] = part === 'blockers' && nothing.test(words) ? 'none' : words
  }
  return said
}

/** On one line, and without marks that would change the direction of other people's text. */
function tidy(words: string): string {
  const plain = words.replace(/[\s\u0000-\u001f\u202a-\u202e\u2066-\u2069]+/g, ' ')
  return plain.replace(/^[ ;:.,]+|[ ;,]+$/g, '').slice(0, longest)
}

function lines(entry: Entry): string[] {
  return parts.flatMap((part) => (entry[part] ? [`  ${part}: ${entry[part]}`] : []))
}

function hint(entry: Entry): string {
  const open = parts.filter((part) => !entry[part])
  return open.length > 0 ? `Still open: ${open.join(', ')}.` : 'See everybody’s with /standup'
}
