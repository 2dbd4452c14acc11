import type { TenantStore } from 'slashroom'
import type { Target } from './_target.js'

/** One deployment of a version to a target, and its outcome. */
export interface Rollout {
  readonly id: string
  readonly kind: 'start' | 'rollback'
  readonly version: string
  readonly by: string
  readonly at: number
  /** It stays `running` if the process died midway. */
  readonly outcome: 'running' | 'good' | 'failed' | 'stopped'
  readonly tookMs?: number
  /** The step at which it failed or was stopped. */
  readonly step?: string
}

const kept = 50

/** A target's rollouts, newest first. */
export async function readPast(store: TenantStore, target: Target): Promise<readonly Rollout[]> {
  const past = (await store.get(key(target))) as readonly Rollout[] | undefined // only `addToPast` writes there
  return past ?? (target.example ? [firstOfExample] : [])
}

/** Stores a rollout, replacing its earlier state. Only the holder of the target's lock may call this. */
export async function addToPast(store: TenantStore, target: Target, rollout: Rollout): Promise<void> {
  const past = await readPast(store, target)
  const others = past.filter((other) => other.id !== rollout.id)
  await store.set(key(target), [rollout, ...others].slice(0, kept))
}

/** What runs there as far as we know: the last successful rollout. */
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
