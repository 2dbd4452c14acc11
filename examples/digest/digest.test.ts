import { say } from 'slashroom'
import { testRoom } from 'slashroom/testing'
import { describe, expect, it } from 'vitest'
import digest from './digest.js'
import note from './note.js'

describe('/note and /digest', () => {
  const open = () => testRoom({ digest, note }, { user: 'Ana', now: Date.UTC(2030, 0, 1, 9) })

  it('sums up what is new enough', async () => {
    const room = open()
    await room.type('/note the old search is gone')
    await room.advance(2 * 86_400_000)
    await room.as('Ben').type('/note the new search is out')
    await room.as({ room: 'elsewhere' }).type('/note not here')
    expect(await room.type('/digest')).toEqual([say('• the new search is out (Ben)')])
    expect(await room.type('/digest --since 7d')).toEqual([
      say('• the old search is gone (Ana)\n• the new search is out (Ben)'),
    ])
  })

  it('comes by itself on Friday afternoon', async () => {
    const room = open()
    await room.type('/note the new search is out')
    await room.advance('3d')
    expect(room.shown()).toEqual([])
    await room.advance('6h')
    expect(room.shown()).toEqual([say('• the new search is out (Ana)')])
  })

  it('says so when there is nothing', async () => {
    expect(await open().type('/digest')).toEqual([say('There are no notes.')])
  })

  it('gives a file in which nothing is a formula', async () => {
    const room = open()
    await room.type('/note =SUM("A1")')
    const [reply] = await room.type('/digest --csv')
    expect(reply).toMatchObject({ kind: 'file', name: 'digest.csv', type: 'text/csv' })
    const content = reply?.kind === 'file' ? Buffer.from(reply.content, 'base64').toString() : ''
    expect(content).toBe('at,name,text\r\n"2030-01-01T09:00:00.000Z","Ana","\'=SUM(""A1"")"')
  })
})
