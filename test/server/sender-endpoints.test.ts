import Koa from 'koa'
import request from 'supertest'
import { describe, expect, it } from 'vitest'
import { silentLogger } from '../../src/model/logger.js'
import { plainFormat } from '../../src/notify/formats/plain.js'
import { createBodyBudget } from '../../src/server/body-budget.js'
import { createSenderEndpoints } from '../../src/server/sender-endpoints.js'
import { fakeNotifier, token, v1Token } from '../notify/formats/fake-notifier.js'

describe('what is said of a refused post', () => {
  it('has no token in it, not even one that stands where a room belongs', async () => {
    for (const [misplaced, url] of [
      [token, `/notify/${token}`],
      [v1Token, `/notify/slack:${v1Token}`],
      [token, `/notify/ops/${token}/x`],
    ] as const) {
      const { post, logged } = served()
      const answer = await post(url)
      expect(answer).toMatchObject({ status: 404, text: expect.stringContaining('[token]') })
      expect(answer.text + logged()).not.toContain(misplaced)
      expect(logged()).toContain('[token]')
    }
  })

  it('quotes a room of any length only so far', async () => {
    const { post, logged } = served()
    const answer = await post(`/notify/${'room '.repeat(2_000)}`)
    expect(answer.status).toBe(404)
    expect(answer.text.length + logged().length).toBeLessThan(5_000)
  })
})

/** The plain format with a notifier that knows no such rooms, and what is logged of it. */
function served() {
  const lines: string[] = []
  const warn = (...line: readonly unknown[]) => void lines.push(JSON.stringify(line))
  const serve = createSenderEndpoints({
    notifications: { endpoints: plainFormat, notifier: fakeNotifier().notifier },
    bodies: createBodyBudget(),
    log: { ...silentLogger, warn },
  })
  const koa = new Koa()
  koa.use(async (ctx) => void (await serve(ctx, ctx.path)))
  const post = async (url: string) =>
    await request(koa.callback()).post(encodeURI(url)).set('Authorization', `Bearer ${token}`).send('hi').type('text')
  return { post, logged: () => lines.join('\n') }
}
