import type { RoomEntry } from './world/state.js'

/** Something that happened, for subscribers. */
export type SimulatorEvent =
  | { readonly type: 'entry'; readonly roomId: number; readonly entry: RoomEntry }
  | { readonly type: 'delivery'; readonly roomId: number; readonly messageId?: string; readonly delivery: Delivery }
  | { readonly type: 'world' }

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
  readonly ms?: number
  readonly error?: string
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
