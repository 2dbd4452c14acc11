import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { say } from 'slashroom'
import { testRoom } from 'slashroom/testing'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import deploy from './deploy.js'

describe('/deploy', () => {
  const room = testRoom(deploy)
  let folder = ''

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'slashroom-example-'))
    const script = join(folder, 'deploy.sh')
    writeFileSync(script, `#!/bin/sh\necho "$*" >> "${folder}/log"\ntest "$3" != 6.6.6\n`)
    chmodSync(script, 0o755)
    vi.stubEnv('DEPLOY_SCRIPT', script)
  })
  afterEach(() => {
    vi.unstubAllEnvs()
    rmSync(folder, { recursive: true })
  })

  it('tells how far it is', async () => {
    expect(await room.type('/deploy api 1.4.0 —env prod')).toEqual([
      say('api 1.4.0 to prod: build…', { updateKey: 'progress' }),
      say('api 1.4.0 to prod: test…', { updateKey: 'progress' }),
      say('api 1.4.0 to prod: release…', { updateKey: 'progress' }),
      say('api 1.4.0 is on prod.', { tone: 'good' }),
    ])
    expect(readFileSync(join(folder, 'log'), 'utf8')).toBe(
      'build api 1.4.0 prod\ntest api 1.4.0 prod\nrelease api 1.4.0 prod\n',
    )
  })

  it('ends where the script fails', async () => {
    await room.type('/deploy api 6.6.6')
    expect(room.outcome()).toBe('failed')
    expect(readFileSync(join(folder, 'log'), 'utf8')).toBe('build api 6.6.6 staging\n')
  })

  it('takes nothing for a version that is none', async () => {
    await room.type('/deploy api "1.4.0; reboot"')
    expect(room.outcome()).toBe('usage')
  })
})
