import type { RoomEntry } from '../../../src/simulator/world/state.js'

/** One line that somebody typed, and what came of its webhook. */
export interface Typed {
  readonly token: string
  readonly command: 'once' | 'again' | 'soon' | 'anew'
  readonly messageId: string
  readonly at: number
  /** True where the webhook was answered 2xx. */
  accepted: boolean
  /** True where that was what the room was shown. */
  rode: boolean
}

/** What an attack run found. */
export interface Verdict {
  readonly typed: number
  readonly accepted: number
  readonly ended: number
  /** How many were answered in the acknowledgement. */
  readonly rode: number
  readonly lost: readonly string[]
  readonly doubled: readonly string[]
  readonly outOfOrder: readonly string[]
  readonly interrupted: number
  readonly slowestMs: number
}

/** Holds what stands in the rooms against what was accepted. */
export function judge(
  entries: readonly RoomEntry[],
  typed: readonly Typed[],
  runs: ReadonlyMap<string, number>,
): Verdict {
  const shown = answers(entries)
  const accepted = typed.filter((line) => line.accepted)
  const lost: string[] = []
  const doubled: string[] = []
  const outOfOrder: string[] = []
  let interrupted = 0
  let slowestMs = 0

  for (const line of typed) {
    const { texts, last } = shown.get(line.messageId) ?? { texts: [], last: 0 }
    const steps = texts.filter((text) => text.startsWith(line.token)).map((text) => text.split(' ')[1] ?? '')
    const told = texts.some((text) => /was stopped|may not have arrived|missing above|was interrupted/.test(text))
    if (line.accepted && !steps.includes('three') && !told) lost.push(line.token)
    if (told) interrupted++
    if (line.accepted && last) slowestMs = Math.max(slowestMs, last - line.at)
    // A command that may run again may say things again: what it must not do is say nothing.
    if (line.command === 'again') continue
    // What it said in an acknowledgement it had ended with: that it does not say again.
    const ranTwice = line.command !== 'anew' && (runs.get(line.token) ?? 0) > 1
    if (new Set(steps).size < steps.length || ranTwice) doubled.push(line.token)
    if (steps.join() !== order.filter((step) => steps.includes(step)).join()) outOfOrder.push(line.token)
  }
  const ended = accepted.length - lost.length
  const rode = typed.filter((line) => line.rode).length
  const counts = { typed: typed.length, accepted: accepted.length, ended, rode }
  return { ...counts, lost, doubled, outOfOrder, interrupted, slowestMs }
}

const order = ['one', 'two', 'three']

function answers(entries: readonly RoomEntry[]) {
  const byMessage = new Map<string, { texts: string[]; last: number }>()
  for (const { kind, attachTo, text, date } of entries) {
    if (kind !== 'notification' || !attachTo) continue
    const found = byMessage.get(attachTo) ?? { texts: [], last: 0 }
    found.texts.push(text)
    found.last = Math.max(found.last, Date.parse(date))
    byMessage.set(attachTo, found)
  }
  return byMessage
}

/** One line of the table. */
export function tableLine(name: string, verdict: Verdict, more = ''): string {
  const { accepted, ended, rode, lost, doubled, outOfOrder, interrupted, slowestMs } = verdict
  const cells = {
    accepted,
    ended,
    'in the ack': rode,
    lost: lost.length,
    doubled: doubled.length,
    'out of order': outOfOrder.length,
    interrupted,
  }
  const figures = Object.entries(cells).map(([label, count]) => `${label} ${count}`)
  return `${name.padEnd(34)} ${figures.join(' · ')} · slowest ${(slowestMs / 1000).toFixed(1)} s${more}`
}
