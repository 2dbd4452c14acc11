import type { Invocation } from '../model/invocation.js'

/**
 * How long the message of a reply is remembered, so that a later one with the same name can replace it: for calls as long as
 * the platform says, for notifications thirty days.
 */
export function updateWindowMs({ notification }: Invocation, callMs: number): number {
  return notification ? 30 * 24 * 3_600_000 : callMs
}
