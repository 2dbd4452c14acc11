import type { ActiveFault } from './faults.js'
import type { RoomEntry } from './world/state.js'

/** Something that happened, for subscribers. */
export type SimulatorEvent =
  | { readonly type: 'entry'; readonly roomId: number; readonly entry: RoomEntry }
  | { readonly type: 'delivery'; readonly roomId: number; readonly messageId?: string; readonly delivery: Delivery }
  | { readonly type: 'world' }
  /** Other things are to go wrong than before. */
  | { readonly type: 'faults'; readonly faults: readonly ActiveFault[] }
  /** More is known of what went over the wire for a webhook. */
  | { readonly type: 'wire'; readonly deliveryId: string }

/** A webhook's way to its add-on. */
export interface Delivery {
  readonly id: string
  readonly at: string
  /** The add-on's name, or the webhook's where a person made it. */
  readonly addon: string
  /** Of an add-on's webhook. */
  readonly oauthId?: string
  readonly webhookId: number
  readonly event: string
  readonly url: string
  readonly state: 'sent' | 'answered' | 'failed'
  readonly messageId?: string
  readonly status?: number
  /** True where what was answered is a notification that the room shows. */
  readonly shown?: boolean
  readonly ms?: number
  readonly error?: string
  /** The error of a command that it led to, as an add-on on this machine told it. */
  readonly failure?: CommandFailure
}

/** An error of a command's own. */
export interface CommandFailure {
  /** Its name and message. */
  readonly summary: string
  /** The file and the line, where they are known. */
  readonly where?: string
  readonly stack?: string
}

/** Tells everybody who listens what happened. */
export interface Events {
  emit(event: SimulatorEvent): void
  /** Subscribes; returns an unsubscribe function. */
  subscribe(listener: (event: SimulatorEvent) => void): () => void
}

/** Passes events on to those who listen. */
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
