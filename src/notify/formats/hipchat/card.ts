import type { CardField, Tone } from '../../../model/reply.js'
import { encodeUrl } from '../../../shared/url.js'
import { RefusedError } from '../../refusal.js'
import type { CardDraft } from '../card-draft.js'
import { invalid, present, readString, readUrl } from '../members.js'
import { asFields, type Fields } from '../request-fields.js'
import { htmlToText } from './html-to-text.js'

/** A sender's card, or what is wrong with it: then only its message is shown. */
export type ReadCard = { readonly draft: CardDraft } | { readonly fault: string }

/** Reads a card by the schema of HipChat's servers; unknown members are ignored. */
export function readCard(given: unknown): ReadCard {
  try {
    return { draft: toDraft(asFields(given) ?? invalid('card must be an object.')) }
  } catch (error) {
    if (error instanceof RefusedError) return { fault: error.message }
    throw error
  }
}

function toDraft(card: Fields): CardDraft {
  if (!styles.has(card['style'])) invalid(`card.style must be one of ${[...styles].join(', ')}.`)
  required(card, 'id', 'card.id')
  const activity = optionalObject(card, 'activity', 'card.activity')
  return {
    title: required(card, 'title', 'card.title', 500),
    text:
      readDescription(card['description']) ??
      (activity && htmlToText(required(activity, 'html', 'card.activity.html'))),
    url: readUrl(card, 'url', 'card.url'),
    icon: readIcon(card, 'card.icon') ?? (activity && readIcon(activity, 'card.activity.icon')),
    image: readThumbnail(card),
    fields: readAttributes(card['attributes'] ?? []),
  }
}

const styles = new Set<unknown>(['file', 'image', 'application', 'link', 'media'])

function required(fields: Fields, name: string, label: string, most = Number.POSITIVE_INFINITY): string {
  const text = readString(fields, name, label) ?? invalid(`${label} is missing.`)
  return text.length <= most ? text : invalid(`${label} must not be longer than ${most} characters.`)
}

function optionalObject(fields: Fields, name: string, label: string): Fields | undefined {
  const value = fields[name] ?? undefined
  return value === undefined ? undefined : (asFields(value) ?? invalid(`${label} must be an object.`))
}

function readDescription(given: unknown): string | undefined {
  if (given === undefined || given === null || given === '') return undefined
  if (typeof given === 'string') return given
  const description = asFields(given) ?? invalid('card.description must be a string or an object.')
  const value = required(description, 'value', 'card.description.value')
  const { format } = description
  if (format !== 'html' && format !== 'text') return invalid('card.description.format must be html or text.')
  return format === 'html' ? htmlToText(value) : value
}

/** An address, or an object with one. */
function readIcon(fields: Fields, label: string): string | undefined {
  const { icon } = fields
  if (typeof icon === 'string') return readUrl(fields, 'icon')
  const object = optionalObject(fields, 'icon', label)
  return object && encodeUrl(required(object, 'url', `${label}.url`))
}

function readThumbnail(card: Fields): string | undefined {
  const thumbnail = optionalObject(card, 'thumbnail', 'card.thumbnail')
  return thumbnail && encodeUrl(required(thumbnail, 'url', 'card.thumbnail.url'))
}

function readAttributes(given: unknown): readonly CardField[] {
  if (!Array.isArray(given)) return invalid('card.attributes must be a list.')
  if (given.length > 10) invalid('card.attributes must not have more than 10 items.')
  return given.map((item: unknown, at) => {
    const label = `card.attributes[${at}]`
    return readAttribute(asFields(item) ?? invalid(`${label} must be an object.`), label)
  })
}

function readAttribute(attribute: Fields, at: string): CardField {
  const value = optionalObject(attribute, 'value', `${at}.value`) ?? invalid(`${at}.value is missing.`)
  const style = readString(value, 'style', `${at}.value.style`)
  return {
    label: readString(attribute, 'label', `${at}.label`) ?? '',
    value: required(value, 'label', `${at}.value.label`),
    ...present({
      url: readUrl(value, 'url', `${at}.value.url`),
      tone: style === undefined ? undefined : (lozenges.get(style) ?? invalid(`${at}.value.style is unknown.`)),
    }),
  }
}

/** The inverse of how we send cards to HipChat. */
const lozenges: ReadonlyMap<string, Tone> = new Map([
  ['lozenge', 'neutral'],
  ['lozenge-complete', 'info'],
  ['lozenge-moved', 'info'],
  ['lozenge-success', 'good'],
  ['lozenge-current', 'warning'],
  ['lozenge-error', 'bad'],
])
