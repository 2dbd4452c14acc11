import { asRecord, isRecord, parseObject, readText } from '../../shared/json.js'
import { refuseBody } from '../invalid-body.js'

/** The service's own name for itself, and the first part of its addresses here. */
export const name = 'teams'

/** The channel of the Bot Framework that this is: in some others people choose their own ids. */
export const channelId = 'msteams'

/** What a message may have at most, in bytes: cards are refused above it. */
export const largestMessage = 28_000

/** The most that one text may have: escaped as markup and as JSON it stays below what a message takes. */
export const textLimit = 4_000

/** An activity, as far as it is read: what is missing, or of another shape, is undefined. */
export interface Activity {
  readonly type: string | undefined
  readonly id: string | undefined
  /** Of an invoke, what is invoked. */
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

/** Somebody, or a bot. */
export interface Account {
  readonly id: string | undefined
  readonly name: string | undefined
  readonly aadObjectId: string | undefined
  readonly tenantId: string | undefined
  readonly role: string | undefined
  /** Of a recipient: the message is for it alone, as slash commands are. */
  readonly isTargeted: boolean
}

/** Where people talk: in a channel its id has the thread's behind it. */
export interface Conversation {
  readonly id: string | undefined
  readonly name: string | undefined
  readonly conversationType: string | undefined
  readonly tenantId: string | undefined
}

/** Whom a text names, and how it is written there. */
export interface Mention {
  readonly text: string
  readonly mentioned: Account
}

/** What a webhook says, and how it was proven. */
export interface Payload {
  /** `unsigned`: from this machine, where the operator lets that in. */
  readonly door: 'bot' | 'webhook' | 'unsigned'
  readonly activity: Activity
  /** Stands for an activity without an id. */
  readonly bodyHash: string
}

/** What an invocation's `replyTo` holds: all of it lasts. */
export interface ReplyTo {
  readonly serviceUrl: string
  readonly conversationId: string
  readonly isPersonal: boolean
  readonly botId: string
  readonly tenantId: string
  /** The caller, as the service calls them; undefined where nobody asked. */
  readonly userId?: string
  /** True where it came without a token: then none is sent back either. */
  readonly unsigned?: true
  /** True of an Outgoing Webhook, which takes nothing but the answer to its request. */
  readonly webhook?: true
}

/** A message's body. https://learn.microsoft.com/azure/bot-service/rest-api/bot-framework-rest-connector-api-reference#activity-object */
export interface Message {
  readonly type: 'message'
  readonly textFormat?: 'xml'
  readonly text?: string
  /** What a notification says of a card. */
  readonly summary?: string
  readonly attachments?: readonly Attachment[]
  readonly entities?: readonly MentionEntity[]
  readonly channelData?: { readonly notification: { readonly alert: true } }
  readonly recipient?: { readonly id: string }
}

/** Names somebody, who is told. */
export interface MentionEntity {
  readonly type: 'mention'
  readonly text: string
  readonly mentioned: { readonly id: string; readonly name: string }
}

/** A card, or a picture. */
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

/** A part of a card's body. */
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

/** Text in which no sign means anything. */
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

/** What clients that know no `Action.Execute` draw in its place. */
export type SubmitAction = Press & { readonly type: 'Action.Submit' }

interface Press {
  readonly title: string
  readonly style?: 'positive' | 'destructive'
  readonly data: Readonly<Record<string, string>>
}

/** Reads a webhook's body. Throws HttpError where it is not a JSON object. */
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

/** Ids have signs of many kinds in them, but no blanks and no control characters; in an address they are encoded. */
export function readId(value: unknown): string | undefined {
  return typeof value === 'string' && /^[\x21-\x7e]{1,400}$/.test(value) ? value : undefined
}

/** The room that a conversation is in: in channels each message begins a thread of its own, whose id stands behind the channel's. */
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

/** An activity has entities of other kinds too, and not always at the end. */
function readMention(entity: unknown): readonly Mention[] {
  const { type, text, mentioned } = asRecord(entity)
  return type === 'mention' && readText(text) && isRecord(mentioned)
    ? [{ text: String(text), mentioned: readAccount(mentioned) }]
    : []
}
