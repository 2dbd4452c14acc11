import type { Target } from './_target.js'

const steps = ['Build', 'Test', 'Switch over'].map((name) => ({
  name,
  timeoutMs: 5000,
  work: { kind: 'pause', ms: 250 } as const,
}))

/** The target until somebody writes a `deploy.yaml`: its steps change nothing and only take a moment. */
export const exampleTarget: Target = {
  service: 'website',
  env: 'staging',
  allow: 'everyone',
  versions: /^\d{1,5}\.\d{1,5}\.\d{1,5}$/,
  timeoutMs: 30_000,
  steps,
  rollback: steps,
  example: true,
}

/** Added to every answer about the example. */
export const exampleNote = 'This is the built-in example. Describe your own services in commands/deploy/deploy.yaml.'
