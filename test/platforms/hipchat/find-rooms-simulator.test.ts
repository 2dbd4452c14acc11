import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { say } from '../../../src/model/reply.js'
import { createSimulator, type Simulator } from '../../../src/simulator/hipchat.js'
import { postedTo } from '../../fixtures/posted.js'
import { type HipChatBot, startHipChatBot } from './bot.js'

describe('the simulator’s rooms that a sender posts to', () => {
  let simulator: Simulator
  let bot: HipChatBot
  beforeEach(async () => {
    simulator = createSimulator({ port: 0 })
    await simulator.listen()
    bot = await startHipChatBot()
    await simulator.install(`${bot.url}/descriptor.json`)
  })
  afterEach(async () => {
    await bot.close()
    await simulator.close()
  })

  it('are found with the scopes that the descriptor asks for, and none that is not there', async () => {
    const found = []
    for (const name of ['deployments', 'nowhere']) {
      for await (const target of bot.platform.findRooms?.(name) ?? []) found.push(target)
    }
    const [target] = found
    expect(found).toMatchObject([{ room: { id: expect.stringMatching(/^\d+$/), name: 'deployments' } }])
    if (target) await bot.platform.deliver(say('Build 12 passed'), postedTo(target, 'hipchat'))
    expect(JSON.stringify(simulator.history('Deployments'))).toContain('Build 12 passed')
  })
})
