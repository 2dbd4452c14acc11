import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Alertmanager, startAlertmanager } from '../fixtures/alertmanager.js'
import { deployNotifier, type NotifierDeployment } from '../fixtures/notifier-deployment.js'
import { installSenders, sendersDir } from '../fixtures/senders.js'
import { runProgram } from '../fixtures/slashroom.js'

const silence = `export default {
  summary: 'Silences alerts',
  options: { time: { type: 'duration', positional: true } },
  run: ({ invocation }) => \`silenced by \${invocation.user.name}\`,
}`

describe('a sender as it was published', () => {
  let bot: NotifierDeployment
  let token = ''
  beforeAll(async () => {
    installSenders()
    bot = await deployNotifier({ 'commands/silence.mjs': silence, 'hooks/alertmanager.ts': hookOfDocs() })
    await bot.cli('alias', 'set', 'ops', 'hipchat:Deployments', 'slack:C0001', 'mattermost:town-square')
    token = await bot.token('senders', '--all-rooms')
  })
  afterAll(() => bot?.close())

  /** Runs a client's code with the package installed. */
  const client = (code: string, env: NodeJS.ProcessEnv = {}) =>
    runProgram(process.execPath, ['--no-deprecation', '--eval', code], {
      cwd: sendersDir,
      env: { TOKEN: token, ...env },
    })
  const curl = async (...args: readonly string[]) => (await runProgram('curl', ['-sS', ...args])).out
  const notifications = (room: string) => bot.simulator.history(room).filter(({ kind }) => kind === 'notification')
  const last = (room: string) => notifications(room).at(-1)
  const inSlack = () => bot.slack.messages.map((message) => JSON.stringify(message.body))
  const inMattermost = () => bot.mattermost.posts.map((post) => JSON.stringify(post))

  describe('hipchatter 1.0.0', () => {
    it('reaches all rooms of an alias, with everything and with the text alone', async () => {
      const code = `
        const HipChatter = require('hipchatter')
        const hipchat = new HipChatter(process.env.TOKEN, '${bot.url}/v2/')
        const options = { message: '<b>Build 12</b> passed', color: 'green', notify: true, token: process.env.TOKEN }
        hipchat.notify('ops', options, (error) => {
          if (error) throw error
          hipchat.notify('ops', 'Build 13 passed', process.env.TOKEN, (failed) => console.log(failed || 'sent'))
        })`
      expect(await client(code)).toEqual({ code: 0, out: 'sent\n', err: '' })
      await expect
        .poll(() => notifications('Deployments').map(({ text }) => text))
        .toEqual([expect.stringContaining('<b>Build 12</b> passed'), expect.stringContaining('Build 13 passed')])
      expect(notifications('Deployments')).toMatchObject([{ color: 'green' }, { color: 'yellow' }])
      await expect
        .poll(inSlack)
        .toEqual([expect.stringContaining('*Build 12* passed'), expect.stringContaining('Build 13 passed')])
      await expect
        .poll(inMattermost)
        .toEqual([expect.stringContaining('**Build 12** passed'), expect.stringContaining('Build 13 passed')])
    })

    it('is told why it is refused', async () => {
      const code = `
        const HipChatter = require('hipchatter')
        const hipchat = new HipChatter('${'x'.repeat(40)}', '${bot.url}/v2/')
        hipchat.notify('ops', { message: 'hello' }, (error) => console.log(error.message))`
      expect((await client(code)).out).toBe('The token is unknown or no longer valid.\n')
    })
  })

  describe('hipchat-notifier 1.1.0', () => {
    let https: Awaited<ReturnType<NotifierDeployment['startHttps']>>
    beforeAll(async () => {
      https = await bot.startHttps()
    })
    const code = (host: string) => `
      const notifier = require('hipchat-notifier').make('Town%20Square', process.env.TOKEN, 'log4js', '${host}')
      notifier.failure('boom <x>', (error, answer, body) => console.log(error ? error.code : answer.statusCode, body))`

    it('posts over https to a bot whose certificate it is told to trust', async () => {
      const { url, caFile } = https
      const sent = await client(code(new URL(url).host), { NODE_EXTRA_CA_CERTS: caFile })
      expect(sent).toEqual({ code: 0, out: '204 undefined\n', err: '' })
      await expect.poll(() => inMattermost().at(-1)).toMatch(/log4js.*boom/)
    })

    it('posts nothing to one whose certificate it does not trust', async () => {
      const before = bot.mattermost.posts.length
      const { out } = await client(code(new URL(https.url).host))
      expect(out).toMatch(/^(?:UNABLE_TO|SELF_SIGNED|DEPTH_ZERO)\w+ /)
      expect(bot.mattermost.posts).toHaveLength(before)
    })
  })

  describe('hipchat-room-notification-api 3.0.0', () => {
    it('shows its card, and hears 204', async () => {
      const code = `
        const HipChatRoomNotification = require('hipchat-room-notification-api')
        const notification = new HipChatRoomNotification('${bot.url}', 4594248, process.env.TOKEN)
        notification.setFrom('Jenkins')
        notification.setColor('red')
        notification.shouldNotify()
        notification.setMessage('Build 14 failed')
        notification.addCard('build-14', 'application', 'Build 14')
        notification.addCardAttributeWithUrl('Result', 'failed', 'lozenge-error', 'https://ci.example.com/14')
        notification.send().then(console.log, console.log)`
      expect(await client(code)).toEqual({ code: 0, out: 'successfully posted to hipchat\n', err: '' })
      await expect.poll(() => last('Lounge')).toMatchObject({ color: 'red', from: expect.stringContaining('Jenkins') })
      expect(JSON.stringify(last('Lounge'))).toMatch(/Build 14.*lozenge-error/)
    })
  })

  describe('curl', () => {
    it('is answered in the words of each format', async () => {
      const v2 = `${bot.url}/v2/room/Lounge/notification?auth_token=${token}`
      const status = ['-o', '/dev/null', '-w', '%{http_code}']
      expect(await curl(...status, '-d', 'color=purple', '--data-urlencode', 'message=two & two', v2)).toBe('204')
      expect(
        await curl('-d', `room_id=Lounge&from=cron&message=three&auth_token=${token}`, `${bot.url}/v1/rooms/message`),
      ).toBe('{"status":"sent"}')
      const slack = JSON.stringify({ channel: '#Lounge', text: '*four*' })
      expect(await curl('--data-urlencode', `payload=${slack}`, `${bot.url}/services/${token}`)).toBe('ok')
      const bearer = ['-H', `Authorization: Bearer ${token}`]
      const plain = await curl(...bearer, '--data-binary', 'five', `${bot.url}/notify/Lounge`)
      expect(JSON.parse(plain)).toEqual({ id: expect.any(String) })
      await expect
        .poll(() =>
          notifications('Lounge')
            .slice(-4)
            .map(({ text }) => text.replace(/<[^>]*>/g, '')),
        )
        .toEqual([
          expect.stringContaining('two & two'),
          expect.stringContaining('three'),
          expect.stringContaining('four'),
          'five',
        ])
      const { id } = JSON.parse(plain) as { readonly id: string } // ours
      const receipt = async () => JSON.parse(await curl(...bearer, `${bot.url}/notify/receipts/${id}`)) as unknown
      await expect.poll(receipt).toEqual({ id, rooms: [{ room: 'hipchat:4594248', state: 'delivered' }] })
    })
  })

  describe('slashroom notify', () => {
    const notify = (...args: readonly string[]) => bot.cli('notify', '--to', bot.url, ...args)

    it('prints the receipt’s id, by which the rooms are found', async () => {
      const { code, out } = await notify('--token', token, '--room', 'ops', '--json', 'Build 15 passed')
      const { ids } = JSON.parse(out) as { readonly ids: readonly string[] } // ours
      expect({ code, out: JSON.parse(out) }).toEqual({
        code: 0,
        out: { arrived: true, as: 'slashroom', posts: 1, ids: [expect.any(String)] },
      })
      const bearer = { headers: { authorization: `Bearer ${token}` } }
      const receipt = async () => await (await fetch(`${bot.url}/notify/receipts/${ids[0]}`, bearer)).json()
      const states = ['hipchat:Deployments', 'slack:C0001', 'mattermost:town-square']
      await expect.poll(receipt).toEqual({ id: ids[0], rooms: states.map((room) => ({ room, state: 'delivered' })) })
    })

    it('exits 1 for a wrong token, and for a room that nobody has', async () => {
      const wrong = await notify('--token', 'x'.repeat(40), '--room', 'ops', 'hello')
      expect(wrong).toMatchObject({ code: 1, out: '', err: expect.stringContaining('token') })
      const nowhere = await notify('--token', token, '--room', 'nowhere', 'hello')
      expect(nowhere).toMatchObject({ code: 1, out: '', err: expect.stringContaining('"nowhere"') })
    })
  })

  describe('Alertmanager', () => {
    let alertmanager: Alertmanager
    beforeAll(async () => {
      const lounge = await bot.token('slack-format', '--room', 'Lounge')
      alertmanager = await startAlertmanager(`
    webhook_configs:
      - url: ${bot.url}/hooks/alertmanager
        http_config:
          authorization: { credentials: ${token} }
    slack_configs:
      - api_url: ${bot.url}/services/${lounge}
        channel: '#Lounge'
        send_resolved: true
`)
    })
    afterAll(() => alertmanager?.stop())

    it('opens a card in each room, whose button types a command, and turns it green when all is over', async () => {
      const labels = { alertname: 'DiskFull', severity: 'critical', instance: 'db1' }
      const cards = () => bot.mattermost.posts.filter((post) => JSON.stringify(post).includes('DiskFull'))
      const slackCards = () => bot.slack.messages.filter(({ body }) => JSON.stringify(body).includes('DiskFull'))

      await alertmanager.alert(labels, 'The disk of db1 is full')
      await expect.poll(() => JSON.stringify(cards())).toContain('DiskFull: firing')
      await expect.poll(() => JSON.stringify(slackCards())).toContain('The disk of db1 is full')
      await expect.poll(() => JSON.stringify(last('Deployments'))).toContain('DiskFull: firing')
      await expect.poll(() => last('Lounge')).toMatchObject({ color: 'red' })
      expect(last('Lounge')?.text).toContain('[FIRING:1] DiskFull')

      await press(cards(), 'Silence')
      await expect.poll(() => inMattermost().at(-1)).toContain('silenced by')

      await alertmanager.alert(labels, 'The disk of db1 is full', true)
      await expect.poll(() => JSON.stringify(cards())).toContain('DiskFull: resolved')
      await expect.poll(() => slackCards()).toMatchObject([{ edits: 1 }])
      await expect.poll(() => JSON.stringify(last('Deployments'))).toContain('DiskFull: resolved')
      await expect.poll(() => last('Lounge')).toMatchObject({ color: 'green' })
      expect(cards()).toHaveLength(1)
      expect(JSON.stringify(cards())).not.toContain('Silence')
      // HipChat shows the later of two cards with one id.
      const [opened, resolved] = notifications('Deployments').slice(-2)
      expect(opened?.card?.['id']).toBe(resolved?.card?.['id'])
      expect(alertmanager.log()).not.toMatch(/level=(?:warn|error)/)
    })
  })

  async function press([post]: NotifierDeployment['mattermost']['posts'], button: string): Promise<void> {
    if (!post) throw new Error('there is no card')
    const body = bot.mattermost.pressed(post, button)
    const headers = { 'content-type': 'application/json' }
    expect((await fetch(`${bot.url}/mattermost/action`, { method: 'POST', headers, body })).status).toBe(200)
  }
})

/** The hook that docs/notify.md shows. */
function hookOfDocs(): string {
  const [, code = ''] =
    /`hooks\/alertmanager\.ts`\n\n```ts\n([\s\S]*?)```/.exec(readFileSync('docs/notify.md', 'utf8')) ?? []
  return code
}
