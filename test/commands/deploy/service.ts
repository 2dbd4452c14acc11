import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Store } from 'slashroom'
import { testRoom } from 'slashroom/testing'
import { afterEach, beforeEach, vi } from 'vitest'
import history from '../../../commands/deploy/history.js'
import rollback from '../../../commands/deploy/rollback.js'
import start from '../../../commands/deploy/start.js'
import status from '../../../commands/deploy/status.js'

/** A room with the deploy commands. */
export function deployRoom(store?: Store) {
  const commands = {
    'deploy start': start,
    'deploy status': status,
    'deploy rollback': { ...rollback, confirm: false }, // how it is asked and answered is dispatch's part
    'deploy history': history,
  }
  return testRoom(commands, {
    user: { id: 'u1', name: 'Ana' },
    room: 'ops',
    tenant: 't1',
    now: Date.now(),
    ...(store ? { store } : {}),
  })
}

/** A folder for each test; `write` puts a `deploy.yaml` into it, which the commands then read. */
export function deployFolder() {
  let folder = ''
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'slashroom-deploy-'))
  })
  afterEach(() => {
    vi.unstubAllEnvs()
    rmSync(folder, { recursive: true, force: true })
  })
  return {
    path: (name: string) => join(folder, name),
    write(yaml: string) {
      writeFileSync(join(folder, 'deploy.yaml'), yaml)
      vi.stubEnv('DEPLOY_FILE', join(folder, 'deploy.yaml'))
    },
    /** A service `web` on `prod`, with these steps. */
    writeSteps(...steps: readonly object[]) {
      this.write(JSON.stringify({ allow: 'everyone', targets: [{ service: 'web', env: 'prod', steps }] }))
    },
  }
}
