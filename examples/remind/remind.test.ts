import { fileURLToPath } from 'node:url'
import { whisper } from 'slashroom'
import { testRoom } from 'slashroom/testing'
import { describe, expect, it } from 'vitest'

describe('/remind', () => {
  // A folder instead of commands: names come from the files' paths, as in a running bot.
  const room = testRoom(fileURLToPath(new URL('.', import.meta.url)), { now: Date.UTC(2030, 0, 1, 9) })

  it('shows what is due, once, in its order', async () => {
    expect(await room.type('/remind 2h call the dentist')).toEqual([whisper('Kept until 2030-01-01 11:00 UTC.')])
    await room.type('/remind 20m "pizza" is in the oven -- now')
    await room.type('/remind 1d water the plants')
    await room.as('ben').type('/remind 1m not mine')

    expect(await room.type('/remind due')).toEqual([whisper('Nothing is due.\n3 more wait.')])
    await room.advance(2 * 3_600_000)
    expect(await room.type('/remind due')).toEqual([
      whisper('• "pizza" is in the oven -- now\n• call the dentist\n1 more waits.'),
    ])
    expect(await room.type('/remind due')).toEqual([whisper('Nothing is due.\n1 more waits.')])
  })

  it('asks for what is missing', async () => {
    await room.type('/remind 20m')
    expect(room.outcome()).toBe('usage')
  })
})
