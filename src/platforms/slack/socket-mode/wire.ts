import { asRecord, isRecord, parseObject, readText } from '../../../shared/json.js'
import type { Ack } from '../../platform.js'
import { readCommand, readEnvelope, readInteraction, type SignedPayload } from '../wire.js'

/** What comes over a connection. https://docs.slack.dev/apis/events-api/using-socket-mode */
export type SocketMessage =
  | {
      readonly type: 'hello'
      /** How long the connection will last, in milliseconds, if known. */
      readonly lastsMs: number | undefined
    }
  | {
      readonly type: 'disconnect'
      /** `link_disabled` if Socket Mode was disabled; otherwise the service wants the connection renewed. */
      readonly reason: string | undefined
    }
  | {
      readonly type: 'envelope'
      readonly id: string
      /** Undefined for unknown types. */
      readonly payload: SignedPayload | undefined
      /** Whether the ack may include the answer. */
      readonly takesAnswer: boolean
    }

/** Reads a message; undefined for irrelevant ones. */
export function readMessage(text: string): SocketMessage | undefined {
  const sent = parseObject(text) ?? {}
  const { type, reason, envelope_id, payload, accepts_response_payload } = sent
  if (type === 'hello') return { type, lastsMs: readLasting(sent['debug_info']) }
  if (type === 'disconnect') return { type, reason: readText(reason) }
  const id = readText(envelope_id)
  if (!id) return undefined
  const known = isRecord(payload) ? readPayload(type, payload, id) : undefined
  return { type: 'envelope', id, payload: known, takesAnswer: accepts_response_payload === true }
}

/** Each type of envelope has the contents of the corresponding webhook. */
function readPayload(type: unknown, payload: Readonly<Record<string, unknown>>, envelopeId: string) {
  switch (type) {
    case 'slash_commands':
      return readCommand((field) => payload[field], envelopeId)
    case 'interactive':
      return readInteraction(payload)
    case 'events_api':
      return readEnvelope(payload)
    default:
      return undefined
  }
}

function readLasting(debugInfo: unknown): number | undefined {
  const seconds = asRecord(debugInfo)['approximate_connection_time']
  return typeof seconds === 'number' && seconds >= 1 ? seconds * 1_000 : undefined
}

/** The ack of an envelope, as it is sent. */
export function writeAck(envelopeId: string, { body }: Ack): string {
  return JSON.stringify({ envelope_id: envelopeId, ...(isRecord(body) ? { payload: body } : {}) })
}
