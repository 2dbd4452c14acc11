import type { Invocation } from '../model/invocation.js'

/**
 * How long it is remembered which message a reply became, so that a later one of its name takes its place: for a call as
 * long as the platform says, for news of what a sender posted about before thirty days.
 */
export function updateWindowMs({ notification }: Invocation, callMs: number): number {
  return notification ? 30 * 24 * 3_600_000 : callMs
}
