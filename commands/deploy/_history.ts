import type { TenantStore } from 'slashroom'
import type { Target } from './_target.js'

/** One deployment of a version to a target, and how it went. */
export interface Rollout {
  readonly id: string
  readonly kind: 'start' | 'rollback'
  readonly version: string
  readonly by: string
  readonly at: number
  /** `running` too when the process died midway. */
  readonly outcome: 'running' | 'good' | 'failed' | 'stopped'
  readonly tookMs?: number
  /** The step at which it ended, where it did not end well. */
  readonly step?: string
}

const kept = 50

/** A target's rollouts, the newest first. */
export async function readPast(store: TenantStore, target: Target): Promise<readonly Rollout[]> {
  const past = (await store.get(key(target))) as readonly Rollout[] | undefined // only `addToPast` writes there
  return past ?? (target.example ? [firstOfExample] : [])
}

/** Writes a rollout down, in its own place where it has one. For the holder of the target's lock only. */
export async function addToPast(store: TenantStore, target: Target, rollout: Rollout): Promise<void> {
  const past = await readPast(store, target)
  const others = past.filter((other) => other.id !== rollout.id)
  await store.set(key(target), [rollout, ...others].slice(0, kept))
}

/** What runs there, as far as we know: the last rollout that went well. */
export function current(past: readonly Rollout[]): Rollout | undefined {
  return past.find((rollout) => rollout.outcome === 'good')
}

/** The version to go back to: what ran before a failed rollout, or before the one that runs now. */
export function versionBefore(past: readonly Rollout[]): string | undefined {
  const versions: string[] = []
  for (const { kind, version } of past.filter(({ outcome }) => outcome === 'good').reverse()) {
    const stoodAt = kind === 'rollback' ? versions.lastIndexOf(version) : -1
    if (stoodAt >= 0) versions.length = stoodAt + 1
    else if (versions.at(-1) !== version) versions.push(version)
  }
  return past[0]?.outcome === 'good' ? versions.at(-2) : versions.at(-1)
}

function key(target: Target): string {
  return `deploy:past:${target.service}:${target.env}`
}

const firstOfExample: Rollout = {
  id: 'example',
  kind: 'start',
  version: '1.0.0',
  by: 'Slashroom',
  at: Date.now(),
  outcome: 'good',
}
