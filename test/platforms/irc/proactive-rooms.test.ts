import { describe, expect, it } from 'vitest'
import { irc } from '../../../src/platforms/irc/index.js'
import { hasCommandList } from '../../../src/platforms/register-commands.js'
import { createPlatformDeps } from '../../../src/testing/platform-deps.js'

const platform = irc({ IRC_URL: 'irc://localhost', IRC_CHANNELS: '#Ops key, &local' }, createPlatformDeps())

async function all<Item>(items: AsyncIterable<Item> | undefined): Promise<readonly Item[]> {
  const found: Item[] = []
  for await (const item of items ?? []) found.push(item)
  return found
}

describe('channels for unasked posts', () => {
  it('are those in the settings, by name, with or without `#`', async () => {
    const ops = {
      ...{ installation: 'localhost', tenant: { id: 'localhost' } },
      ...{ room: { id: '#ops', name: 'ops' }, replyTo: { channel: '#ops' } },
    }
    expect(await all(platform?.listRooms?.(['#OPS', '#other']))).toEqual([ops])
    expect(await all(platform?.listRooms?.(['#ops'], 'elsewhere'))).toEqual([])
    expect(await all(platform?.listRooms?.(undefined))).toEqual([])
    for (const name of ['ops', '#ops', 'OPS']) expect(await all(platform?.findRooms?.(name))).toEqual([ops])
    expect(await all(platform?.findRooms?.('&local'))).toMatchObject([{ room: { id: '&local', name: '&local' } }])
    expect(await all(platform?.findRooms?.('local'))).toEqual([])
  })

  it('last, unlike private conversations, whose nick somebody else may have taken', () => {
    expect(platform?.durableReplyTo?.({ channel: '#ops', source: 'alice!a@host' })).toEqual({ channel: '#ops' })
    expect(platform?.durableReplyTo?.({ source: 'alice!a@host' })).toBeUndefined()
    expect(platform?.durableReplyTo?.('x')).toBeUndefined()
  })

  it('need no registration of commands', () => {
    expect(platform && hasCommandList(platform)).toBe(false)
  })
})
