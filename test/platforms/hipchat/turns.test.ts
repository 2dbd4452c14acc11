import { expect, it } from 'vitest'
import { createTurns } from '../../../src/platforms/hipchat/installation/turns.js'

it('installations are put off while very many wait, whether for their server or for their turn', async () => {
  const inTurn = createTurns()
  let answer = () => {}
  const answered = new Promise<void>((resolve) => {
    answer = resolve
  })
  const waiting = Array.from({ length: 64 }, (_, at) => inTurn(`client-${at % 32}`, () => answered))
  for (let count = 0; count < 6; count++)
    await expect(inTurn('another', async () => undefined)).rejects.toMatchObject({ code: 'unavailable', retryAfter: 5 })
  answer()
  await Promise.all(waiting)
  await inTurn('another', async () => undefined)
})
