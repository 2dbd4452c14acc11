import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { parseConfig } from '../../../commands/deploy/_parse-config.js'
import { textOf } from '../text.js'
import { deployFolder, deployRoom } from './service.js'

const folder = deployFolder()

describe('deploy.yaml', () => {
  it('may be what its example is', () => {
    const { targets, fault } = parseConfig(readFileSync('commands/deploy/deploy.example.yaml', 'utf8'), '/srv/bot')
    expect(fault).toBeUndefined()
    expect(targets?.map(({ service, env, steps, rollback }) => [service, env, steps.length, rollback.length])).toEqual([
      ['website', 'staging', 2, 1],
      ['website', 'prod', 1, 1],
    ])
    expect(targets?.[0]).toMatchObject({ allow: 'everyone', timeoutMs: 1_200_000, version: 'latest' })
    expect(targets?.[0]?.versions?.test(targets[0].version ?? '')).toBe(true)
    expect(targets?.[1]?.allow).toMatchObject({ tenants: ['4711'], rooms: ['#ops', '2589171'] })
  })

  it.each([
    ['allow: everyone\ntargets: [', 2, /./],
    ['', 1, /mapping/],
    ['allow: everyone\ntarget: []', 2, /“target” is not known here; use one of: allow, targets/],
    ['allow: everyone\ntargets: []', 2, /“targets” must be a list/],
    ['targets:\n- service: web\n  env: prod\n  steps: [{ name: a, shell: b }]', 2, /who may deploy/],
    ['allow: {}\ntargets:\n- service: web', 1, /“allow” must name somebody/],
    ['allow: all\ntargets: []', 1, /mapping/],
    ['allow: everyone\ntargets:\n- service: a b\n  env: prod', 3, /“service” contains characters/],
    ['allow: everyone\ntargets:\n- service: web\n  env: prod\n  version: 1.10', 3, /“steps” must be a list/],
    [
      'allow: everyone\ntargets:\n- service: web\n  env: prod\n  version: 1.10\n  steps: [{ name: a, shell: b }]',
      5,
      /quotes/,
    ],
    [
      'allow: everyone\ntargets:\n- service: web\n  env: prod\n  versions: "("\n  steps: [{ name: a, shell: b }]',
      5,
      /regular/,
    ],
    ['allow: everyone\ntargets:\n- service: web\n  env: prod\n  steps:\n  - name: a', 6, /either “shell” or “http”/],
    [
      'allow: everyone\ntargets:\n- service: web\n  env: prod\n  steps:\n  - { name: a, shell: b, timeout: 10 }',
      6,
      /90s/,
    ],
    [
      'allow: everyone\ntargets:\n- service: web\n  env: prod\n  steps:\n  - name: a\n    http:\n      url: ftp://x',
      8,
      /“url” contains characters/,
    ],
    [
      'allow: everyone\ntargets:\n- service: web\n  env: prod\n  steps:\n  - name: a\n    http:\n      url: http://x\n      expect: ok',
      9,
      /status/,
    ],
    [
      `allow: everyone\ntargets:\n${'- { service: web, env: prod, steps: [{ name: a, shell: b }] }\n'.repeat(2)}`,
      4,
      /twice/,
    ],
    ['a: &a [1]\nb: [*a, *x]', undefined, /alias/],
  ])('is refused with the line that is wrong: %j', async (yaml, line, message) => {
    folder.write(yaml)
    for (const command of ['start', 'status', 'rollback', 'history']) {
      const [reply, ...more] = await deployRoom().type(`/deploy ${command}`)
      expect(more).toEqual([])
      expect(reply).toMatchObject({ audience: 'caller', text: expect.stringMatching(message) })
      expect(textOf(reply ? [reply] : [])).toMatch(
        new RegExp(`^deploy\\.yaml is invalid${line ? `, line ${line}` : ''}: [^\\n]+\\.$`),
      )
    }
  })

  it('is asked for when DEPLOY_FILE names one that is not there', async () => {
    folder.write('')
    process.env['DEPLOY_FILE'] = folder.path('other.yaml')
    expect(textOf(await deployRoom().type('/deploy status'))).toBe('I cannot read deploy.yaml (ENOENT).')
  })
})

describe('who may deploy', () => {
  const target = (service: string, allow: object | string) => ({
    service,
    env: 'prod',
    allow,
    steps: [{ name: 'a', shell: 'true' }],
  })
  const write = (...targets: readonly object[]) => folder.write(JSON.stringify({ targets }))

  it.each([
    ['everyone', {}, true],
    [{ users: ['u1'] }, {}, true],
    [{ users: ['u2'] }, {}, false],
    [{ users: ['Ana'] }, {}, false],
    [{ rooms: ['#ops'] }, {}, true],
    [{ rooms: ['ops'] }, {}, true],
    [{ rooms: ['#other', 'Ops'] }, {}, false],
    [{ roles: ['admin'] }, { roles: ['admin'] }, true],
    [{ roles: ['admin'] }, {}, false],
    [{ users: ['u1'], roles: ['admin'] }, {}, false],
  ])('is said by allow: %j', async (allow, as, may) => {
    write(target('web', allow))
    const room = deployRoom().as(as)
    const said = textOf((await room.type('/deploy start web 1')).slice(-1))
    expect(said).toMatch(may ? /^web 1 is on prod/ : /^You may not deploy web to prod from here\.$/)
    if (!may) expect(textOf(await room.type('/deploy rollback web'))).toBe(said)
  })

  it('hides targets from tenants that have no part in them', async () => {
    write(target('web', { tenants: ['t1'] }), target('shop', { tenants: ['t2'] }))
    const room = deployRoom()
    expect(textOf(await room.type('/deploy status'))).toContain('web')
    expect(textOf(await room.type('/deploy status'))).not.toContain('shop')
    expect(textOf(await room.type('/deploy start shop 1'))).toBe('There is no service “shop”. There are: web.')
    expect(textOf(await room.as({ tenant: 't3' }).type('/deploy status'))).toBe('There is nothing to deploy here.')
  })
})
