import type { ActiveFault } from './faults.js'
import type { RoomEntry } from './world/state.js'

/** An event for subscribers. */
export type SimulatorEvent =
  | { readonly type: 'entry'; readonly roomId: number; readonly entry: RoomEntry }
  | { readonly type: 'delivery'; readonly roomId: number; readonly messageId?: string; readonly delivery: Delivery }
  | { readonly type: 'world' }
  /** The faults to inject changed. */
  | { readonly type: 'faults'; readonly faults: readonly ActiveFault[] }
  /** The log of a webhook's traffic changed. */
  | { readonly type: 'wire'; readonly deliveryId: string }

/** The delivery of a webhook to its add-on. */
export interface Delivery {
  readonly id: string
  readonly at: string
  /** The add-on's name, or the webhook's if a person created it. */
  readonly addon: string
  /** For an add-on's webhook. */
  readonly oauthId?: string
  readonly webhookId: number
  readonly event: string
  readonly url: string
  readonly state: 'sent' | 'answered' | 'failed'
  readonly messageId?: string
  readonly status?: number
  /** True if the answer is a notification that the room shows. */
  readonly shown?: boolean
  readonly ms?: number
  readonly error?: string
  /** The error of a command that it caused, as reported by an add-on on this machine. */
  readonly failure?: CommandFailure
}

/** An error in a command. */
export interface CommandFailure {
  /** Its name and message. */
  readonly summary: string
  /** The file and line, if known. */
  readonly where?: string
  readonly stack?: string
}

/** Publishes events. */
export interface Events {
  emit(event: SimulatorEvent): void
  /** Subscribes; returns an unsubscribe function. */
  subscribe(listener: (event: SimulatorEvent) => void): () => void
}

/** Creates the event bus. */
export function createEvents(): Events {
  const listeners = new Set<(event: SimulatorEvent) => void>()
  return {
    emit(event) {
      for (const listener of listeners) listener(event)
    },
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}
