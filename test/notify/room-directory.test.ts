import { describe, expect, it } from 'vitest'
import { silentLogger } from '../../src/model/logger.js'
import { createRoomDirectory } from '../../src/notify/room-directory.js'
import type { ProactivePlatform } from '../../src/platforms/platform.js'

describe('the room directory', () => {
  it('finds a tenant by its id, by its name, and by the number that its server gave it', async () => {
    const directory = directoryOf('chat.example.com/7')
    const address = 'hipchat:chat.example.com%2F7/42'
    for (const tenant of ['chat.example.com%2F7', 'Acme', '7'])
      expect(await directory.find(`hipchat:${tenant}/42`), tenant).toMatchObject({ address })
    for (const tenant of ['com%2F7', '8', 'm%2F7'])
      await expect(directory.find(`hipchat:${tenant}/42`), tenant).rejects.toMatchObject({ reason: 'unknown-room' })
  })

  it('lists the tenants where several servers gave one the same number', async () => {
    const directory = directoryOf('a.example.com/7', 'b.example.com/7')
    const refusal = await directory.find('hipchat:7/42').then(
      () => 'none',
      (error: Error) => error.message,
    )
    const listed = refusal.match(/hipchat:\S+(?= \()/g) ?? []
    expect(listed).toEqual(['hipchat:a.example.com%2F7/42', 'hipchat:b.example.com%2F7/42'])
    for (const [index, tenant] of ['a.example.com/7', 'b.example.com/7'].entries())
      expect(await directory.find(listed[index] ?? '')).toMatchObject({ target: { installation: tenant } })
  })

  it('gives a room that was asked for in a tenant an address that is no other tenant’s', async () => {
    const directory = directoryOf('a.example.com/7', 'b.example.com/7')
    const { address } = await directory.findRoom('hipchat:b.example.com%2F7/42')
    expect(await directory.findRoom(address)).toMatchObject({ target: { installation: 'b.example.com/7' } })
  })
})

/** A directory of one service, with a room 42 in each of these tenants. */
function directoryOf(...tenants: readonly string[]) {
  const hipchat: ProactivePlatform = {
    name: 'hipchat',
    async *findRooms(idOrName) {
      if (idOrName !== '42') return
      for (const id of tenants)
        yield { installation: id, tenant: { id, name: 'Acme' }, room: { id: '42', name: 'Ops' }, replyTo: null }
    },
  }
  const aliases = { find: async () => undefined }
  return createRoomDirectory({ platforms: () => [hipchat], aliases, log: silentLogger })
}
