import { DeliveryError } from '../../../model/errors.js'
import { createCache } from '../../../shared/cache.js'
import { retryExceptions } from '../retry-exceptions.js'
import { bareOf, type Element, type Message, ns } from '../wire.js'
import type { Library } from './library.js'
import { errorOf } from './room-errors.js'
import type { Stream } from './session.js'

/** Sent messages, until they are known to have arrived. */
export interface OutgoingMessages {
  /** Resolves when the room has shown it or the server has confirmed it. Throws DeliveryError. */
  send(message: Message, stream: Stream): Promise<void>
  /** A room has shown a message from the bot. */
  shown(id: string | undefined): void
  /** A stanza of type `error`: one of our messages came back. */
  refused(stanza: Element): void
  /** Messages that were not shown by now are lost. */
  giveUp(why: string): void
}

/** Creates it, with nothing sent. */
export function createOutgoingMessages({ xml }: Pick<Library, 'xml'>, patienceMs = 60_000): OutgoingMessages {
  const waiting = new Map<string, Waiting>()
  const seen = createCache<true>({ max: 10_000 })

  async function send(message: Message, stream: Stream): Promise<void> {
    const { id, type } = message
    if (seen.has(id)) return // it was shown after all
    const known = expected(message)
    known.catch(() => undefined)
    const stanza = toStanza(xml, message)
    try {
      if (type === 'groupchat') {
        await stream.send(stanza)
        await known
      } else await Promise.race([stream.sendAcked(stanza), known])
    } catch (error) {
      throw error instanceof DeliveryError ? error : lost('the connection was lost', error)
    } finally {
      waiting.get(id)?.resolve()
      waiting.delete(id)
    }
  }

  function expected({ id, type }: Message): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(lost('the room did not show it in time')), patienceMs)
      const settle = (then: () => void) => {
        clearTimeout(timer)
        then()
      }
      waiting.set(id, { type, resolve: () => settle(resolve), reject: (error) => settle(() => reject(error)) })
    })
  }

  return {
    send,
    shown(id) {
      if (id === undefined) return
      seen.set(id, true)
      waiting.get(id)?.resolve()
    },
    refused(stanza) {
      const one = waiting.get(stanza.attrs['id'] ?? '')
      const { condition, type } = errorOf(stanza)
      const what = `${bareOf(stanza.attrs['from'] ?? '')} refused it: ${condition || 'error'}`
      const retry = type === 'wait' || retryExceptions.retried?.includes(condition) === true
      one?.reject(new DeliveryError(what, isVoiceless(one, condition) ? untilVoice : { retry }))
    },
    giveUp(why) {
      for (const { reject } of waiting.values()) reject(lost(why))
    },
  }
}

/** A message that has not arrived yet. */
interface Waiting extends Pick<Message, 'type'> {
  resolve(): void
  reject(error: DeliveryError): void
}

/** Whether the bot may not speak in the room until it gets voice. https://xmpp.org/extensions/xep-0045.html#message */
function isVoiceless({ type }: Waiting, condition: string): boolean {
  return type === 'groupchat' && condition === 'forbidden'
}

const untilVoice = { retry: true, retryAfterMs: 15_000 }

function lost(why: string, cause?: unknown): DeliveryError {
  return new DeliveryError(why, { retry: true, retryAfterMs: 500 }, { cause })
}

/** Converts a message to an element, with the library's function or any other that creates elements. */
export function toStanza<Stanza>(xml: CreateElement<Stanza>, message: Message): Stanza {
  const { to, type, id, body, unstyled, isPrivate, replaces, answers } = message
  return xml(
    'message',
    { to, type, id },
    xml('body', {}, body),
    ...(unstyled ? [xml('unstyled', ns.styling)] : []),
    ...(isPrivate ? [xml('x', ns.mucUser)] : []),
    ...(replaces ? [xml('replace', { xmlns: ns.correct, id: replaces })] : []),
    ...(answers ? [xml('reply', { xmlns: ns.reply, to: answers.to, id: answers.id })] : []),
  )
}

type CreateElement<Stanza> = (name: string, attributes?: object | string, ...children: readonly unknown[]) => Stanza
