import { type Reply, say } from '../model/reply.js'
import { isRecord } from '../shared/json.js'
import { encodeUrl } from '../shared/url.js'

/** A command or hook returned something that is not a reply. */
export class InvalidReplyError extends Error {}

/** Converts one result of a command or hook to a plain JSON reply; undefined for nothing. Throws InvalidReplyError. */
export function normalizeReply(answer: unknown): Reply | undefined {
  if (answer === undefined || answer === null) return undefined
  if (typeof answer === 'string') return answer.trim() === '' ? undefined : say(answer)
  if (!isRecord(answer)) throw new InvalidReplyError(`a reply cannot be a ${typeof answer}`)
  const reply: Readonly<Record<string, unknown>> = { audience: 'room', ...asJson(answer) }
  const wrong = faultOf(reply)
  if (wrong) throw new InvalidReplyError(wrong)
  if (reply['kind'] === 'text' && String(reply['text']).trim() === '') return undefined
  return withEncodedUrls(reply as unknown as Reply)
}

/** Services refuse a card with URLs that contain spaces or umlauts, so they are encoded. */
function withEncodedUrls(reply: Reply): Reply {
  if (reply.kind !== 'card') return reply
  const { fields, buttons, ...card } = reply.card
  const shown = { ...encodeUrlsOf(card), ...(fields && { fields: fields.map(encodeUrlsOf) }) }
  return { ...reply, card: { ...shown, ...(buttons && { buttons: buttons.map(encodeUrlsOf) }) } }
}

function encodeUrlsOf<Part extends { readonly url?: string; readonly icon?: string; readonly image?: string }>(
  part: Part,
): Part {
  const encoded = (['url', 'icon', 'image'] as const).flatMap((name) => {
    const url = part[name]
    return url === undefined ? [] : [[name, encodeUrl(url)] as const]
  })
  return { ...part, ...Object.fromEntries(encoded) }
}

/** A sync or async generator. */
export interface Steps {
  next(): Promise<IteratorResult<unknown>> | IteratorResult<unknown>
  return?(value: unknown): unknown
}

/** The generator, if the result is one; undefined for a single answer. */
export function stepsOf(answers: unknown): Steps | undefined {
  if (typeof answers !== 'object' || answers === null) return undefined
  if (Symbol.asyncIterator in answers) return (answers as AsyncIterable<unknown>)[Symbol.asyncIterator]()
  return 'next' in answers && typeof answers.next === 'function' ? (answers as Steps) : undefined
}

/** A plain JSON copy that the journal can store: no getters, prototypes or undefined. */
function asJson(answer: object): Readonly<Record<string, unknown>> {
  try {
    const copy: unknown = JSON.parse(JSON.stringify(answer))
    if (isRecord(copy)) return copy
  } catch (error) {
    throw new InvalidReplyError('a reply must be serializable as JSON', { cause: error })
  }
  throw new InvalidReplyError('a reply must be an object in JSON')
}

function faultOf(reply: Readonly<Record<string, unknown>>): string | undefined {
  const { kind, audience, tone, notify, updateKey } = reply
  if (audience !== 'room' && audience !== 'caller') return 'its audience is neither room nor caller'
  if (tone !== undefined && !tones.has(tone)) return `its tone must be one of ${[...tones].join(', ')}`
  if (notify !== undefined && typeof notify !== 'boolean') return 'its notify is neither true nor false'
  if (!isOptionalText(updateKey)) return 'its updateKey must be a string'
  if (kind === 'text') return textFault(reply)
  if (kind === 'card') return cardFault(reply['card'])
  return kind === 'file' ? fileFault(reply) : 'it is neither a text, nor say, whisper, card or file'
}

const tones = new Set<unknown>(['neutral', 'info', 'good', 'warning', 'bad'])

function textFault({ text, format }: Readonly<Record<string, unknown>>): string | undefined {
  if (typeof text !== 'string') return 'its text must be a string'
  return format === undefined || format === 'text' || format === 'html'
    ? undefined
    : 'its format is neither text nor html'
}

function cardFault(card: unknown): string | undefined {
  if (!isRecord(card) || typeof card['title'] !== 'string') return 'its card has no title'
  const odd = ['text', 'url', 'icon', 'image'].find((name) => !isOptionalText(card[name]))
  if (odd) return `its card's ${odd} must be a string`
  if (!isListOf(card['fields'], ['label', 'value'], ['url'])) return "its card's fields are not { label, value }"
  return isListOf(card['buttons'], ['label'], ['command', 'url'])
    ? undefined
    : "its card's buttons are not { label, command or url }"
}

function fileFault({ name, type, content, text }: Readonly<Record<string, unknown>>): string | undefined {
  const whole =
    typeof name === 'string' && typeof type === 'string' && typeof content === 'string' && isOptionalText(text)
  return whole ? undefined : 'its file is not { name, type, content }'
}

function isListOf(list: unknown, texts: readonly string[], optional: readonly string[]): boolean {
  if (list === undefined) return true
  const fits = (one: unknown) =>
    isRecord(one) &&
    texts.every((name) => typeof one[name] === 'string') &&
    optional.every((name) => isOptionalText(one[name])) &&
    (one['tone'] === undefined || tones.has(one['tone']))
  return Array.isArray(list) && list.every(fits)
}

function isOptionalText(value: unknown): boolean {
  return value === undefined || typeof value === 'string'
}
