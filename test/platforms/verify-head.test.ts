import { describe, expect, it } from 'vitest'
import { AuthenticationError } from '../../src/model/errors.js'
import { verifyHead as discord } from '../../src/platforms/discord/verify.js'
import { verifyHead as hipchat } from '../../src/platforms/hipchat/verify.js'
import type { WebhookHead } from '../../src/platforms/platform.js'
import { verifyHead as slack } from '../../src/platforms/slack/verify.js'
import { createVerifyHead } from '../../src/platforms/teams/verify.js'
import { verifyHead as telegram } from '../../src/platforms/telegram/verify.js'

const teams = createVerifyHead({ allowUnsigned: false })
const head = (path: string, headers: WebhookHead['headers'] = {}, query = ''): WebhookHead => ({
  method: 'POST',
  path,
  headers,
  query: new URLSearchParams(query),
})

describe('a webhook whose proof is in its head', () => {
  it.each([
    ['hipchat', hipchat, head('/webhook')],
    ['slack, a command', slack, head('/commands', { 'content-length': '1048576' })],
    ['slack, of no known length', slack, head('/interactivity', { 'transfer-encoding': 'chunked' })],
    ['slack, an event', slack, head('/events', { 'content-length': '10' })],
    ['slack, half of it', slack, head('/events', { 'x-slack-signature': 'v0=00' })],
    ['discord', discord, head('/interactions', { 'x-signature-timestamp': '1' })],
    ['telegram', telegram, head('/webhook', { 'x-telegram-bot-api-secret-token': '' })],
    ['teams', teams, head('/messages', { 'content-length': '10' })],
  ])('is refused without it: %s', (_, verifyHead, unproven) => {
    expect(() => verifyHead(unproven)).toThrow(AuthenticationError)
  })

  it.each([
    ['hipchat, as a header', hipchat, head('/webhook', { authorization: 'JWT a.b.c' })],
    ['hipchat, in the address', hipchat, head('/webhook', {}, 'signed_request=a.b.c')],
    ['slack', slack, head('/events', { 'x-slack-signature': 'v0=00', 'x-slack-request-timestamp': '1' })],
    ['slack, the question for our certificate', slack, head('/commands', { 'content-length': '40' })],
    [
      'slack, that question where events come',
      slack,
      head('/events', { 'content-length': '40', 'content-type': 'application/x-www-form-urlencoded' }),
    ],
    ['slack, that question by GET', slack, { ...head('/commands', {}, 'ssl_check=1'), method: 'GET' }],
    ['discord', discord, head('/interactions', { 'x-signature-timestamp': '1', 'x-signature-ed25519': '00' })],
    ['telegram', telegram, head('/webhook', { 'x-telegram-bot-api-secret-token': 'a' })],
  ])('is read with it: %s', (_, verifyHead, proven) => {
    expect(() => verifyHead(proven)).not.toThrow()
  })
})
