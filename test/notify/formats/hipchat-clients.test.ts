import { describe, expect, it } from 'vitest'
import { card, say } from '../../../src/model/reply.js'
import { hipchatV1 } from '../../../src/notify/formats/hipchat-v1.js'
import { hipchatV2 } from '../../../src/notify/formats/hipchat-v2.js'
import { fakeNotifier, type Sent, sendTo, token, v1Token } from './fake-notifier.js'

const form = 'application/x-www-form-urlencoded'
const json = 'application/json'
const v2 = '/v2/room/Ops%20Room/notification'
const v2Query = `${v2}?auth_token=${token}`
const v1Query = `/v1/rooms/message?format=json&auth_token=${v1Token}`

const fields = (members: Readonly<Record<string, string>>) => new URLSearchParams(members).toString()
const html = (text: string, tone = 'warning', more = {}) => ({ ...say(text, { format: 'html' }), tone, ...more })
const plain = (text: string, tone = 'warning', more = {}) => ({ ...say(text), tone, ...more })

/** What clients of the wild send, and what becomes of it. The numbers are those of the list of clients. */
const accepted: readonly (readonly [client: string, sent: Sent, reply: object])[] = [
  [
    '1 Jenkins, v2',
    {
      url: v2,
      bearer: true,
      type: 'application/json; charset=UTF-8',
      body: {
        message: 'job #12 <b>FAILED</b>',
        message_format: 'html',
        color: 'red',
        notify: true,
        card: {
          style: 'application',
          format: 'medium',
          id: '9b1c2f0e-5a53-4d0c-8f93-0f5f6c1f2a11',
          title: 'job #12',
          url: 'https://ci.example/job/12',
          icon: { url: 'https://ci.example/logo.png' },
          activity: { html: 'job #12 <b>FAILED</b> after <a href="https://ci.example/job/12">2 min</a>' },
          attributes: [
            { label: 'Duration', value: { label: '2 min' } },
            { label: 'Result', value: { label: 'FAILED', style: 'lozenge-error', url: 'https://ci.example' } },
          ],
        },
      },
    },
    {
      ...card({
        title: 'job #12',
        text: 'job #12 FAILED after 2 min (https://ci.example/job/12)',
        url: 'https://ci.example/job/12',
        icon: 'https://ci.example/logo.png',
        fields: [
          { label: 'Duration', value: '2 min' },
          { label: 'Result', value: 'FAILED', url: 'https://ci.example', tone: 'bad' },
        ],
      }),
      ...{ tone: 'bad', notify: true },
    },
  ],
  [
    '2 Jenkins, v1',
    {
      url: '/v1/rooms/message',
      type: `${form}; charset=UTF-8`,
      body: fields({
        ...{ auth_token: v1Token, from: 'Jenkins', room_id: 'Ops Room', message: 'Grün', message_format: 'html' },
        ...{ color: 'green', notify: '1' },
      }),
    },
    html('Grün', 'good', { notify: true, from: 'Jenkins' }),
  ],
  [
    '3 hipchat-notifier',
    {
      url: v2,
      bearer: true,
      type: json,
      body: { message: 'boom <x>', from: '', color: 'purple', message_format: 'html', notify: false },
    },
    html('boom &lt;x&gt;', 'info', { notify: false }),
  ],
  [
    '4 hipchat-room-notification-api',
    {
      url: '/v2/room/42/notification',
      bearer: true,
      body: {
        ...{ message: 'Shipped', message_format: 'html', color: 'yellow', notify: false, from: 'CD' },
        card: { id: '1', style: 'link', title: 'Shipped 1.2', description: { format: 'text', value: 'to all' } },
      },
    },
    { ...card({ title: 'Shipped 1.2', text: 'to all' }), tone: 'warning', notify: false, from: 'CD' },
  ],
  [
    '5 hipchatter',
    {
      url: v2Query,
      type: 'application/json; charset=utf-8',
      body: { message: 'hi', color: 'green', notify: true, token: 'is not looked at' },
    },
    html('hi', 'good', { notify: true }),
  ],
  ['5 hipchatter, in short', { url: v2Query, type: json, body: { message: 'hi', token } }, html('hi')],
  [
    '6 ansible',
    {
      url: '/v2/room/Ops Room/notification',
      bearer: true,
      body: {
        ...{ room_id: 'Ops Room', from: 'ansible', message: '/code\nok=3', message_format: 'text', color: 'gray' },
        notify: 'False',
      },
    },
    plain('/code\nok=3', 'neutral', { notify: false, from: 'ansible' }),
  ],
  [
    '7 fastlane, v2',
    {
      url: v2,
      type: form,
      body: fields({
        ...{ from: 'fastlane', auth_token: token, color: 'green', message_format: 'html', notify: 'true' },
        message:
          '<table><tr><td><img src="https://fastlane.example/logo.png" style="x"></td><td>Done</td></tr></table>',
      }),
    },
    html('<table><tr><td><img src="https://fastlane.example/logo.png"></td><td>Done</td></tr></table>', 'good', {
      ...{ notify: true, from: 'fastlane' },
    }),
  ],
  [
    '8 fastlane, v1',
    {
      url: '/v1/rooms/message',
      type: form,
      body: fields({
        auth_token: v1Token,
        room_id: '42',
        from: 'fastlane',
        message: 'Done',
        notify: '0',
        color: 'red',
      }),
    },
    html('Done', 'bad', { notify: false, from: 'fastlane' }),
  ],
  [
    '9 Grafana',
    {
      url: v2Query,
      type: json,
      body: {
        ...{ message: '<br>cpu = 3 <a href=https://grafana.example/d/1?a=b>Open</a>', notify: 'true', color: 'grey' },
        message_format: 'html',
        card: {
          ...{ style: 'link', url: 'https://grafana.example/d/1', id: '1', title: '[Alerting] cpu', date: 1543500000 },
          ...{ description: 'cpu = 3', icon: { url: 'https://grafana.example/i.png' } },
          thumbnail: { url: 'https://grafana.example/g.png', 'url@2x': 'https://grafana.example/g.png', width: 1193 },
        },
      },
    },
    {
      ...card({
        ...{ title: '[Alerting] cpu', text: 'cpu = 3', url: 'https://grafana.example/d/1' },
        ...{ icon: 'https://grafana.example/i.png', image: 'https://grafana.example/g.png' },
      }),
      ...{ tone: 'neutral', notify: true },
    },
  ],
  [
    '9 Grafana, another state',
    {
      url: v2Query,
      type: json,
      body: { message: '<a href=https://grafana.example/d/1?a=b>Open</a>', message_format: 'html', color: '' },
    },
    html('<a href="https://grafana.example/d/1?a=b">Open</a>'),
  ],
  [
    '10 Alertmanager',
    {
      url: v2Query,
      type: json,
      body: `${JSON.stringify({ from: 'AlertManager', notify: false, message: '[FIRING:1] Up', message_format: 'text', color: 'red' })}\n`,
    },
    plain('[FIRING:1] Up', 'bad', { notify: false, from: 'AlertManager' }),
  ],
  [
    '11 Kapacitor',
    {
      url: v2Query,
      type: json,
      body: '{"from":"kapacitor","color":"red","message":"a \\u003c b \\u0026 <id>\\nnext","notify":true}\n',
    },
    html('a &lt; b & &lt;id&gt;<br>next', 'bad', { notify: true, from: 'kapacitor' }),
  ],
  [
    '12 Spring Boot Admin',
    {
      url: v2Query,
      type: json,
      body: {
        color: 'green',
        message: '<strong>app</strong>/1 is <strong>UP</strong>',
        notify: true,
        message_format: 'html',
      },
    },
    html('<strong>app</strong>/1 is <strong>UP</strong>', 'good', { notify: true }),
  ],
  [
    '13 Travis, v2',
    {
      url: v2Query,
      type: json,
      body: { message: 'repo#1 passed', color: 'green', message_format: 'text', notify: false },
    },
    plain('repo#1 passed', 'good', { notify: false }),
  ],
  [
    '13 Travis, v1',
    {
      url: v1Query,
      type: form,
      body: fields({
        ...{ room_id: 'Ops Room', message: 'repo#1 passed', color: 'green', from: 'Travis CI', message_format: 'text' },
      }),
    },
    plain('repo#1 passed', 'good', { from: 'Travis CI' }),
  ],
  [
    '14 Rundeck, v2',
    {
      url: v2Query,
      type: json,
      body: {
        message: 'job <a href="https://run.example">ok</a>',
        color: 'green',
        message_format: 'html',
        notify: false,
      },
    },
    html('job <a href="https://run.example">ok</a>', 'good', { notify: false }),
  ],
  [
    '15 Rundeck, v1',
    {
      method: 'GET',
      url: `${v1Query}&message_format=html&room_id=Ops+Room&from=Rundeck&message=job+%3Cb%3Eok%3C%2Fb%3E&color=green&notify=1`,
    },
    html('job <b>ok</b>', 'good', { notify: true, from: 'Rundeck' }),
  ],
  [
    '16 TeamCity',
    {
      url: '//v2//room/42/notification/',
      bearer: true,
      body: { color: 'red', message: 'x', message_format: 'html', notify: true },
    },
    html('x', 'bad', { notify: true }),
  ],
  [
    '17 drone',
    {
      url: v2Query,
      type: json,
      body: '{"from":"drone","color":"green","notify":false,"message":"\\u003cb\\u003eok\\u003c/b\\u003e\\u003c/br\\u003e"}',
    },
    html('<b>ok</b><br>', 'good', { notify: false, from: 'drone' }),
  ],
  [
    '18 Monolog',
    {
      url: v2Query,
      type: form,
      body: 'from=Monolog&notify=0&message=%5BError%5D+a+%26+b&message_format=text&color=red',
    },
    plain('[Error] a & b', 'bad', { notify: false, from: 'Monolog' }),
  ],
  [
    '19 Airflow',
    {
      url: '/v2/room/42/notification',
      bearer: true,
      body: { message: 'failed', message_format: 'html', color: 'red', notify: 'True', card: "{'style': 'link'}" },
    },
    html('failed', 'bad', { notify: true }),
  ],
  [
    '20 ElastAlert',
    {
      url: v2Query,
      type: json,
      body: { color: 'red', message: 'ping @a, @b', message_format: 'text', notify: true, from: '' },
    },
    plain('ping @a, @b', 'bad', { notify: true }),
  ],
  [
    '21 Graylog',
    {
      url: v2,
      bearer: true,
      type: json,
      body: { message: 'stream <id>', notify: false, message_format: 'text', color: 'yellow' },
    },
    plain('stream <id>', 'warning', { notify: false }),
  ],
  [
    '22 Cabot',
    { url: v2Query, type: form, body: 'message=down+%40ops&notify=true&color=red&message_format=text' },
    plain('down @ops', 'bad', { notify: true }),
  ],
  [
    '22 Cabot, the old way',
    {
      url: `/v1/rooms/message?auth_token=${token}`,
      type: form,
      body: 'room_id=42&from=Cabot&message=down&notify=1&color=red&message_format=text',
    },
    plain('down', 'bad', { notify: true, from: 'Cabot' }),
  ],
  [
    '23 GitHub, a push',
    {
      url: '/v1/webhooks/github',
      type: form,
      headers: { 'x-github-event': 'push' },
      body: fields({
        ...{ auth_token: v1Token, room_id: '42', notify: '1', color: 'purple' },
        payload: JSON.stringify({
          ...{ compare: 'https://git.example/compare', sender: { login: 'jo' }, repository: { full_name: 'o/<r>' } },
          head_commit: { message: 'Fix it\n\nfor good' },
        }),
      }),
    },
    html('<b>jo</b>, o/&lt;r&gt;: <a href="https://git.example/compare">push</a>, Fix it', 'info', {
      ...{ notify: true, from: 'GitHub' },
    }),
  ],
  [
    '23 GitHub, an issue',
    {
      url: '/v1/webhooks/github',
      type: form,
      headers: { 'x-github-event': 'issues' },
      body: fields({
        ...{ auth_token: v1Token, room_id: '42', notify: '0' },
        payload: JSON.stringify({ action: 'opened', issue: { title: 'Down', html_url: 'javascript:x' }, sender: null }),
      }),
    },
    html('<b>Somebody</b>, a repository: <a>issues opened</a>, Down', 'warning', { notify: false, from: 'GitHub' }),
  ],
  [
    '24 Camel',
    { url: v2Query, type: json, body: { message: 'hi', notify: 'true', message_format: 'text', color: 'green' } },
    plain('hi', 'good', { notify: true }),
  ],
  [
    '25 Phing',
    {
      url: `/v2/room/Ops Room/notification?auth_token=${token}`,
      body: { color: 'yellow', message: 'hi', notify: false, message_format: 'text' },
    },
    plain('hi', 'warning', { notify: false }),
  ],
  [
    '26 Home Assistant',
    {
      url: '/v2/room/42/notification',
      bearer: true,
      body: { message: 'hi', color: 'yellow', notify: false, message_format: 'text' },
    },
    plain('hi', 'warning', { notify: false }),
  ],
  [
    '27 Will',
    {
      url: `/v2/room/42/notification?auth_token=${token}`,
      headers: { accept: 'text/plain' },
      type: json,
      body: { message: 'hi', color: 'green', notify: false, message_format: 'html' },
    },
    html('hi', 'good', { notify: false }),
  ],
  [
    '28 Bugsnag',
    { url: v2Query, type: json, body: { message: '1 < 2 failed', color: 'yellow', notify: true } },
    html('1 &lt; 2 failed', 'warning', { notify: true }),
  ],
  [
    '28 Hydra',
    { url: v1Query, type: form, body: 'room_id=42&from=Hydra&message=hi&message_format=html&notify=0&color=red' },
    html('hi', 'bad', { notify: false, from: 'Hydra' }),
  ],
  [
    '28 Sentry',
    {
      url: '/v1/rooms/message',
      type: form,
      body: `auth_token=${v1Token}&room_id=42&from=Sentry&message=hi&notify=False&color=red`,
    },
    html('hi', 'bad', { notify: false, from: 'Sentry' }),
  ],
  [
    '28 winston-hipchat',
    { url: `/v1/rooms/message?auth_token=${v1Token}&room_id=42&from=winston&message=hi&notify=1&color=red` },
    html('hi', 'bad', { notify: true, from: 'winston' }),
  ],
  [
    '28 hipchat-client',
    {
      url: '/v1/rooms/message',
      type: form,
      body: `auth_token=${v1Token}&room_id=42&from=grunt&message=hi&notify=0&color=green&format=json`,
    },
    html('hi', 'good', { notify: false, from: 'grunt' }),
  ],
  [
    '29 PowerShell',
    {
      url: v2,
      bearer: true,
      type: json,
      body: '{\r\n    "message":  "hi",\r\n    "notify":  "True",\r\n    "color":  "green"\r\n}',
    },
    html('hi', 'good', { notify: true }),
  ],
  [
    '30 curl, v2',
    { url: `${v2Query}&format=json`, type: form, body: 'from=me&color=purple&message=a%20b' },
    html('a b', 'info', { from: 'me' }),
  ],
  [
    '30 curl, v1',
    { url: v1Query, type: form, body: 'room_id=42&from=me&color=purple&message=a+b' },
    html('a b', 'info', { from: 'me' }),
  ],
  [
    '32 a list of one, without a type',
    { url: v2Query, body: '[{"message":"hi","color":"green"}]' },
    html('hi', 'good'),
  ],
  [
    '32 JSON in a string',
    { url: v2Query, type: json, body: JSON.stringify('{"message":"hi","color":"green"}') },
    html('hi', 'good'),
  ],
  [
    '32 members that are none of the protocol',
    {
      url: v2Query,
      body: { message: 'hi', icon_url: 'x', card: { style: 'link', id: '1', title: 'Hi', date: 1543500000000 } },
    },
    { ...card({ title: 'Hi', text: 'hi' }), tone: 'warning' },
  ],
]

const all = [...hipchatV2, ...hipchatV1]

describe('a client of HipChat', () => {
  it.each(accepted)('%s reaches the room and takes the answer for success', async (_, sent, reply) => {
    const { notifier, posts } = fakeNotifier()
    const answer = await sendTo(all, notifier)(sent)
    expect(posts.map(({ room, reply }) => ({ room, reply }))).toEqual([
      { room: expect.stringMatching(/^(42|Ops Room)$/), reply },
    ])
    const { status, body, headers } = answer
    if (sent.url.includes('v1')) expect({ status, body }).toEqual({ status: 200, body: '{"status":"sent"}' })
    else expect({ status, body, type: headers?.['content-type'] }).toEqual({ status: 204 })
    expect(headers).toMatchObject({ 'slashroom-notification': 'n1', 'X-Ratelimit-Limit': '500' })
  })

  const bearer = true
  it.each<[string, Sent]>([
    ['7 fastlane, to a person', { url: '/v2/user/@me/message', bearer, body: { message: 'hi' } }],
    ['5 hipchatter, the topic', { method: 'PUT', url: `/v2/room/42/topic?auth_token=${token}`, body: { topic: 'x' } }],
    ['16 TeamCity, emoticons', { method: 'GET', url: '/v2/emoticon?start-index=0', bearer }],
    ['24 Camel, the history', { method: 'GET', url: `/v2/room/42/history/latest?auth_token=${token}` }],
    ['31 Azure, as a user', { url: '/v2/room/Ops%20Room/message', bearer, body: { message: 'hi' } }],
    ['31 Azure, who is there', { method: 'GET', url: '/v2/room/42/participant', bearer }],
    ['31 Azure, a member', { method: 'PUT', url: '/v2/room/42/member/@me', bearer }],
    ['users', { method: 'GET', url: '/v2/user', bearer }],
    ['the topic, v1', { url: '/v1/rooms/topic', type: form, body: `auth_token=${v1Token}&room_id=42&topic=x` }],
  ])('%s is told that a notification token may not', async (_, sent) => {
    const { notifier, posts } = fakeNotifier()
    const { status, headers, body } = await sendTo(all, notifier)(sent)
    expect({ status, type: headers?.['content-type'] }).toEqual({ status: 403, type: 'application/json' })
    expect(JSON.parse(body ?? '')).toEqual({
      error: { code: 403, type: 'Forbidden', message: expect.stringContaining('notification token may') },
    })
    expect(posts).toEqual([])
    const stranger = { ...sent, bearer: false, url: sent.url.replace(token, 'x'), body: '' }
    expect(await sendTo(all, notifier)(stranger)).toMatchObject({ status: 401 })
  })

  it('23 is refused an event that is none', async () => {
    const { notifier, posts } = fakeNotifier()
    const body = `auth_token=${v1Token}&room_id=42&payload=[]`
    const answer = await sendTo(all, notifier)({ url: '/v1/webhooks/github', type: form, body })
    expect({ status: answer.status, posts }).toEqual({ status: 400, posts: [] })
  })

  it('32 is refused a colour that there never was', async () => {
    const { notifier } = fakeNotifier()
    const answer = await sendTo(all, notifier)({ url: v2Query, body: { message: 'hi', color: 'blue' } })
    expect(answer).toMatchObject({ status: 400, body: expect.stringContaining('color must be one of yellow, green') })
  })
})
