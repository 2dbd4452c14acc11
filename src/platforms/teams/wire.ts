import { asRecord, isRecord, parseObject, readText } from '../../shared/json.js'
import { refuseBody } from '../invalid-body.js'

/** The platform's name, and the first part of its addresses. */
export const name = 'teams'

/** The Bot Framework's name for this channel: in some others, people choose their own ids. */
export const channelId = 'msteams'

/** The largest message in bytes; larger cards are refused. */
export const largestMessage = 28_000

/** The longest text: escaped and as JSON, it fits a message. */
export const textLimit = 4_000

/** An activity; missing or malformed values are undefined. */
export interface Activity {
  readonly type: string | undefined
  readonly id: string | undefined
  /** The name of an invoke. */
  readonly name: string | undefined
  readonly action: string | undefined
  readonly timestamp: string | undefined
  readonly serviceUrl: string | undefined
  readonly channelId: string | undefined
  readonly from: Account
  readonly recipient: Account
  readonly conversation: Conversation
  readonly text: string | undefined
  readonly mentions: readonly Mention[]
  /** What a pressed button sends. */
  readonly value: unknown
  readonly tenantId: string | undefined
  readonly team: { readonly id: string | undefined; readonly name: string | undefined }
  readonly channel: { readonly id: string | undefined; readonly name: string | undefined }
  readonly membersAdded: readonly Account[]
  readonly membersRemoved: readonly Account[]
}

/** A user or a bot. */
export interface Account {
  readonly id: string | undefined
  readonly name: string | undefined
  readonly aadObjectId: string | undefined
  readonly tenantId: string | undefined
  readonly role: string | undefined
  /** For a recipient: only it gets the message, as with menu commands. */
  readonly isTargeted: boolean
}

/** A conversation; in a channel, its id includes the thread's. */
export interface Conversation {
  readonly id: string | undefined
  readonly name: string | undefined
  readonly conversationType: string | undefined
  readonly tenantId: string | undefined
}

/** A mention in a text, and how it is written. */
export interface Mention {
  readonly text: string
  readonly mentioned: Account
}

/** A verified webhook, and how it was verified. */
export interface Payload {
  /** `unsigned`: from this machine, if the operator allows that. */
  readonly door: 'bot' | 'webhook' | 'unsigned'
  readonly activity: Activity
  /** Identifies an activity without an id. */
  readonly bodyHash: string
}

/** The contents of an invocation's `replyTo`, all of it durable. */
export interface ReplyTo {
  readonly serviceUrl: string
  readonly conversationId: string
  readonly isPersonal: boolean
  readonly botId: string
  readonly tenantId: string
  /** The caller's id in the service; undefined if nobody asked. */
  readonly userId?: string
  /** True if it arrived without a token: then none is sent back either. */
  readonly unsigned?: true
  /** True for an Outgoing Webhook, which accepts only the response to its request. */
  readonly webhook?: true
}

/** A message's body. https://learn.microsoft.com/azure/bot-service/rest-api/bot-framework-rest-connector-api-reference#activity-object */
export interface Message {
  readonly type: 'message'
  readonly textFormat?: 'xml'
  readonly text?: string
  /** The notification text for a card. */
  readonly summary?: string
  readonly attachments?: readonly Attachment[]
  readonly entities?: readonly MentionEntity[]
  readonly channelData?: { readonly notification: { readonly alert: true } }
  readonly recipient?: { readonly id: string }
}

/** A mention, which notifies the user. */
export interface MentionEntity {
  readonly type: 'mention'
  readonly text: string
  readonly mentioned: { readonly id: string; readonly name: string }
}

/** A card or an image. */
export interface Attachment {
  readonly contentType: string
  readonly content?: AdaptiveCard
  readonly contentUrl?: string
  readonly name?: string
}

/** The media type of a card. */
export const cardType = 'application/vnd.microsoft.card.adaptive'

/** A card. https://adaptivecards.io/explorer/AdaptiveCard.html */
export interface AdaptiveCard {
  readonly type: 'AdaptiveCard'
  readonly version: '1.5'
  readonly $schema: string
  readonly body: readonly CardElement[]
}

/** An element of a card's body. */
export type CardElement =
  | { readonly type: 'RichTextBlock'; readonly inlines: readonly TextRun[]; readonly spacing?: 'None' | 'Medium' }
  | { readonly type: 'Image'; readonly url: string; readonly altText: string; readonly size?: 'Small' }
  | { readonly type: 'ActionSet'; readonly actions: readonly CardAction[] }
  | { readonly type: 'ColumnSet'; readonly columns: readonly CardColumn[] }
  | {
      readonly type: 'Container'
      readonly style: 'default' | 'accent' | 'good' | 'warning' | 'attention'
      readonly bleed: true
      readonly items: readonly CardElement[]
    }

/** A column of a `ColumnSet`. */
export interface CardColumn {
  readonly type: 'Column'
  readonly width: 'auto' | 'stretch'
  readonly items: readonly CardElement[]
}

/** Text without markup. */
export interface TextRun {
  readonly type: 'TextRun'
  readonly text: string
  readonly size?: 'Large'
  readonly weight?: 'Bolder'
  readonly selectAction?: { readonly type: 'Action.OpenUrl'; readonly url: string }
}

/** A button. */
export type CardAction =
  | { readonly type: 'Action.OpenUrl'; readonly title: string; readonly url: string }
  | (Press & { readonly type: 'Action.Execute'; readonly verb: string; readonly fallback: SubmitAction })

/** What clients without `Action.Execute` show instead. */
export type SubmitAction = Press & { readonly type: 'Action.Submit' }

interface Press {
  readonly title: string
  readonly style?: 'positive' | 'destructive'
  readonly data: Readonly<Record<string, string>>
}

/** Reads a webhook's body. Throws HttpError if it is not a JSON object. */
export function readActivity(body: Buffer): Activity {
  const sent = parseObject(body) ?? refuseBody()
  const { channelData, conversation, entities } = sent
  const data = asRecord(channelData)
  const [team, channel, tenant] = [data['team'], data['channel'], data['tenant']].map(asRecord)
  const where = readConversation(asRecord(conversation))
  return {
    type: readText(sent['type']),
    id: readId(sent['id']),
    name: readText(sent['name']),
    action: readText(sent['action']),
    timestamp: readText(sent['timestamp']),
    serviceUrl: readText(sent['serviceUrl']),
    channelId: readText(sent['channelId']),
    from: readAccount(asRecord(sent['from'])),
    recipient: readAccount(asRecord(sent['recipient'])),
    conversation: where,
    text: typeof sent['text'] === 'string' ? sent['text'] : undefined,
    mentions: (Array.isArray(entities) ? entities : []).flatMap(readMention),
    value: sent['value'],
    tenantId: where.tenantId ?? readId(tenant?.['id']),
    team: { id: readId(team?.['id']) ?? readId(data['teamsTeamId']), name: readText(team?.['name']) },
    channel: { id: readId(channel?.['id']) ?? readId(data['teamsChannelId']), name: readText(channel?.['name']) },
    membersAdded: readAccounts(sent['membersAdded']),
    membersRemoved: readAccounts(sent['membersRemoved']),
  }
}

/** Ids contain many characters, but no spaces or control characters; they are encoded in addresses. */
export function readId(value: unknown): string | undefined {
  return typeof value === 'string' && /^[\x21-\x7e]{1,400}$/.test(value) ? value : undefined
}

/** The room of a conversation: in channels, each message starts a thread whose id follows the channel's. */
export function roomIdOf(conversationId: string): string {
  return conversationId.replace(/;messageid=.*$/, '')
}

function readConversation({ id, name: title, conversationType, tenantId }: Record<string, unknown>): Conversation {
  return {
    id: readId(id),
    name: readText(title),
    conversationType: readText(conversationType),
    tenantId: readId(tenantId),
  }
}

function readAccount({ id, name: title, aadObjectId, tenantId, role, isTargeted }: Record<string, unknown>): Account {
  return {
    id: readId(id),
    name: readText(title),
    aadObjectId: readId(aadObjectId),
    tenantId: readId(tenantId),
    role: readText(role),
    isTargeted: isTargeted === true,
  }
}

function readAccounts(value: unknown): readonly Account[] {
  return Array.isArray(value) ? value.filter(isRecord).map(readAccount) : []
}

/** An activity has other kinds of entities too, in any order. */
function readMention(entity: unknown): readonly Mention[] {
  const { type, text, mentioned } = asRecord(entity)
  return type === 'mention' && readText(text) && isRecord(mentioned)
    ? [{ text: String(text), mentioned: readAccount(mentioned) }]
    : []
}
