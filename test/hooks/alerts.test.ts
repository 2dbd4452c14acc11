import { createHmac } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { alertmanager, grafana } from '../../src/hooks/index.js'
import type { CardReply } from '../../src/model/reply.js'
import { servedHook, token } from '../notify/hooks/served-hook.js'

const silence = { label: 'Silence', command: '/silence disk' }

describe.each([
  ['Alertmanager', alertmanager.card, 'https://alerts.example.com'],
  ['Grafana', grafana.card, 'https://grafana.example.com/d/1?viewPanel=2'],
])("%s's alerts", (_, card, url) => {
  it('open a card', () => {
    expect(card(group({ a: 'firing' }), { buttons: [silence] })).toMatchObject({
      kind: 'card',
      card: {
        title: 'DiskFull: firing',
        text: 'a is full',
        url,
        fields: [{ label: 'severity', value: 'critical' }],
        buttons: [silence],
      },
      tone: 'bad',
      notify: true,
      closesKey: false,
    })
  })

  it('are listed, those that still fire first', () => {
    const { card: shown } = card(group({ a: 'resolved', b: 'firing', c: 'firing' })) as CardReply
    expect(shown.title).toBe('DiskFull: 2 alerts firing')
    expect(shown.text).toBe('b is full\nc is full\nResolved: a is full')
    expect(shown.buttons).toBeUndefined()
  })

  it('are resolved under the key that they opened, which ends with them', () => {
    const [opened, more, resolved] = [
      card(group({ a: 'firing' })),
      card(group({ a: 'firing', b: 'firing' })),
      card(group({ a: 'resolved', b: 'resolved' }), { buttons: [silence] }),
    ]
    expect(resolved).toMatchObject({
      card: { title: 'DiskFull: resolved' },
      tone: 'good',
      notify: false,
      closesKey: true,
    })
    expect((resolved as CardReply).card.buttons).toBeUndefined()
    expect(new Set([opened, more, resolved].map((reply) => reply?.updateKey)).size).toBe(1)
    expect(card({ ...group({ a: 'firing' }), groupKey: 'other' })?.updateKey).not.toBe(opened?.updateKey)
  })

  it('are counted where they are too many', () => {
    const many = Object.fromEntries(Array.from({ length: 40 }, (_, at) => [`disk${at}`, 'firing' as const]))
    const { card: shown } = card({ ...group(many), truncatedAlerts: 60 }) as CardReply
    expect(shown.title).toBe('DiskFull: 100 alerts firing')
    expect(shown.text?.split('\n')).toHaveLength(11)
    expect(shown.text).toContain('… and 90 more')
  })

  it.each(['warning', 'info', 'none'])('have the tone of their severity: %s', (severity) => {
    const event = { ...group({ a: 'firing' }), commonLabels: { severity } }
    expect(card(event)?.tone).toBe(severity === 'warning' ? 'warning' : 'info')
  })

  it('are described by their labels where they have no annotation', () => {
    const event = { ...group({}), alerts: [{ status: 'firing', labels: { alertname: 'DiskFull', host: 'web1' } }] }
    expect((card(event) as CardReply).card.text).toBe('alertname=DiskFull host=web1')
  })

  it.each([undefined, null, 'text', [], {}, { status: 'firing' }, { alerts: 'x' }])('are none in %o', (event) => {
    expect(card(event)).toBeUndefined()
  })

  it.each<unknown>([
    { alerts: [null, 1, {}] },
    { alerts: [], groupKey: { toString: 1 }, receiver: {} },
    { alerts: [], commonLabels: 'x', groupLabels: [] },
  ])('may lack anything: %o', (event) => {
    expect(() => card(event)).not.toThrow()
  })

  it('edit the card that they opened, and open another when they fire again', async () => {
    const { post, posts } = servedHook({ summary: 'x', to: 'ops', run: ({ event }: { event: unknown }) => card(event) })
    const bearer = { authorization: `Bearer ${token}` }
    for (const [turn, status] of (['firing', 'resolved', 'firing'] as const).entries())
      await post(group({ [`disk${turn}`]: status }), bearer)
    const [first, second, third] = posts.map(({ key }) => key)
    expect(second).toBe(first)
    expect(third).not.toBe(first)
  })
})

describe("Grafana's signature", () => {
  const env = { GRAFANA_SECRET: 's3cret' }
  const sign = (text: string) => createHmac('sha256', 's3cret').update(text).digest('hex')
  const parts = { summary: 'x', to: 'ops', run: () => 'x' }
  const now = () => Math.floor(Date.now() / 1_000)

  it('is over the body, or over the time and the body', async () => {
    const plain = servedHook({ ...parts, verify: grafana.signature('GRAFANA_SECRET') }, { env })
    expect(await plain.post('{}', { 'x-grafana-alerting-signature': sign('{}') })).toMatchObject({ status: 202 })
    const verify = grafana.signature('GRAFANA_SECRET', { header: 'X-Sig', timestampHeader: 'X-At' })
    const timed = servedHook({ ...parts, verify }, { env })
    expect(await timed.post('{}', { 'x-sig': sign(`${now()}:{}`), 'x-at': `${now()}` })).toMatchObject({ status: 202 })
  })

  it.each<[string, () => Record<string, string>]>([
    ['is missing', () => ({})],
    ['is another', () => ({ 'x-sig': sign(`${now()}:{ }`), 'x-at': `${now()}` })],
    ['is of the body alone', () => ({ 'x-sig': sign('{}') })],
    ['is of the body alone, with a time beside it', () => ({ 'x-sig': sign('{}'), 'x-at': `${now()}` })],
    ['is old', () => ({ 'x-sig': sign(`${now() - 360}:{}`), 'x-at': `${now() - 360}` })],
  ])('is refused where it %s', async (_, headers) => {
    const verify = grafana.signature('GRAFANA_SECRET', { header: 'X-Sig', timestampHeader: 'X-At' })
    const { post } = servedHook({ ...parts, verify }, { env })
    expect(await post('{}', headers())).toMatchObject({ status: 401 })
  })
})

/** A group of alerts about disks, with what Grafana adds to it. */
function group(disks: Readonly<Record<string, 'firing' | 'resolved'>>) {
  const alerts = Object.entries(disks).map(([disk, status]) => ({
    status,
    labels: { alertname: 'DiskFull', severity: 'critical', disk },
    annotations: { summary: `${disk} is full` },
    startsAt: '2030-02-28T10:00:00Z',
    endsAt: status === 'resolved' ? '2030-02-28T11:00:00Z' : '0001-01-01T00:00:00Z',
    generatorURL: 'https://prometheus.example.com/graph?g0.expr=disk',
    fingerprint: `f-${disk}`,
  }))
  return {
    version: '4',
    receiver: 'slashroom',
    status: alerts.some(({ status }) => status === 'firing') ? 'firing' : 'resolved',
    groupKey: '{}:{alertname="DiskFull"}',
    truncatedAlerts: 0,
    groupLabels: { alertname: 'DiskFull' },
    commonLabels: { alertname: 'DiskFull', severity: 'critical' },
    commonAnnotations: {},
    externalURL: 'https://alerts.example.com',
    alerts: alerts.map((alert) => ({ ...alert, panelURL: 'https://grafana.example.com/d/1?viewPanel=2' })),
  }
}
