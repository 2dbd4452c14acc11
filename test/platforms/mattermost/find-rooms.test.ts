import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { card, say, whisper } from '../../../src/model/reply.js'
import type { ReplyTarget } from '../../../src/model/schedule.js'
import { createMemoryStore } from '../../../src/stores/memory.js'
import { type Mattermost, newId, startMattermost } from '../../fixtures/mattermost.js'
import { postedTo } from '../../fixtures/posted.js'
import { type MattermostBot, startMattermostBot } from './bot.js'

describe('Mattermost channels that a sender posts to', () => {
  let server: Mattermost
  let bot: MattermostBot
  let now: number
  beforeEach(async () => {
    now = Date.now()
    server = await startMattermost()
    bot = startMattermostBot(server, {}, createMemoryStore({ now: () => now }))
  })
  afterEach(async () => {
    await bot.close()
    await server.close()
  })
  const find = async (idOrName: string) => {
    const found: ReplyTarget[] = []
    for await (const target of bot.platform.findRooms?.(idOrName) ?? []) found.push(target)
    return found
  }
  const square = async () => {
    const [target] = await find('town-square')
    if (!target) throw new Error('no town square')
    return target
  }

  it('are found by id, by the name in the URL and by the name that is shown', async () => {
    const { team, channelId } = server
    const target = {
      installation: team.id,
      tenant: { id: team.id, name: 'Operations' },
      room: { id: channelId, name: 'town-square' },
      replyTo: { teamId: team.id, channelId },
    }
    for (const known of [channelId, 'Town-Square', 'town square', 'TOWN SQUARE']) {
      expect(await find(known), known).toEqual([target])
    }
  })

  it('are all those that are shown by the name, private ones that the bot is in among them', async () => {
    const open = server.addRoom({ name: 'ops-1', display_name: 'Ops' })
    const secret = server.addRoom({ name: 'ops-2', display_name: 'ops', type: 'P' })
    const other = server.addRoom({ name: 'ops-3', display_name: 'OPS', mine: false })
    server.addRoom({ name: 'ops-4', display_name: 'Ops two' })
    const ids = (await find('Ops')).map(({ room }) => room.id)
    expect(ids.toSorted()).toEqual([open.id, secret.id, other.id].toSorted())
  })

  it('are those of the name in the URL alone, whoever calls his own so', async () => {
    const ops = server.addRoom({ name: 'ops', display_name: 'Operators' })
    server.addRoom({ name: 'trap', display_name: 'ops' })
    expect(await find('ops')).toMatchObject([{ room: { id: ops.id } }])
  })

  it('are found in each of the bot’s teams, and in no other', async () => {
    const second = { id: newId(), name: 'dev', display_name: 'Developers' }
    server.teams.push(second)
    const here = server.addRoom({ name: 'builds' })
    const there = server.addRoom({ name: 'builds', team_id: second.id })
    const foreign = server.addRoom({ name: 'builds', team_id: newId() })
    expect((await find('builds')).map(({ room, installation }) => [room.id, installation])).toEqual([
      [here.id, here.team_id],
      [there.id, second.id],
    ])
    expect(await find(foreign.id)).toEqual([])
  })

  it('are none where there is no such, an archived one, or somebody', async () => {
    const old = server.addRoom({ name: 'old', display_name: 'Old one', delete_at: 1 })
    server.addRoom({ name: 'nameless', display_name: '' })
    const hidden = server.addRoom({ name: 'hidden', type: 'P', mine: false })
    for (const unknown of [newId(), 'nowhere', 'old', 'old one', old.id, hidden.id, 'hidden', '../users', ' ', '']) {
      expect(await find(unknown), unknown).toEqual([])
    }
    expect(server.calls(/\.\.|%/)).toEqual([])
  })

  it('cannot be known while the server does not answer', async () => {
    server.instead(/channels\/name/, { status: 500 })
    await expect(find('town-square')).rejects.toMatchObject({ retryAdvice: { retry: true } })
    server.instead(/channels\/search/, { status: 429 })
    await expect(find('nowhere')).rejects.toMatchObject({ retryAdvice: { retry: true } })
  })

  it('are not looked for without a bot account', async () => {
    const plain = startMattermostBot(server, { MATTERMOST_BOT_TOKEN: '', MATTERMOST_COMMAND_TOKENS: newId() })
    expect(plain.platform.findRooms).toBeUndefined()
    await plain.close()
  })

  it('get what is posted, changed in place for thirty days', async () => {
    const posted = postedTo(await square(), 'mattermost')
    await bot.platform.deliver(card({ title: 'Disk full' }, { updateKey: 'disk' }), posted)
    now += 29 * 86_400_000
    await bot.platform.deliver(card({ title: 'Disk fine' }, { updateKey: 'disk' }), posted)
    expect(server.posts).toMatchObject([{ by: 'bot', attachments: [{ title: 'Disk fine' }] }])
    now += 2 * 86_400_000
    await bot.platform.deliver(card({ title: 'Disk full' }, { updateKey: 'disk' }), posted)
    expect(server.posts).toHaveLength(2)
  })

  it('get what is posted without waking anybody', async () => {
    const posted = postedTo(await square(), 'mattermost')
    await bot.platform.deliver(say('@all @kim <!channel>', { notify: true }), posted)
    expect(server.posts).toMatchObject([{ message: '＠all ＠kim &lt;!channel>' }])
  })

  it('get no whisper: there is nobody to hear it', async () => {
    const posted = postedTo(await square(), 'mattermost')
    await expect(bot.platform.deliver(whisper('psst'), posted)).rejects.toMatchObject({ retryAdvice: { retry: false } })
    expect(server.calls(/ephemeral|direct/)).toEqual([])
    expect(server.posts).toEqual([])
  })
})
