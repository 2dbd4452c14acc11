import { describe, expect, it } from 'vitest'
import { UnavailableError } from '../../../src/model/errors.js'
import { silentLogger } from '../../../src/model/logger.js'
import type { Accept } from '../../../src/platforms/platform.js'
import { createIntake } from '../../../src/platforms/xmpp/connection/intake.js'
import { createVerifyMessage, toInstallation } from '../../../src/platforms/xmpp/verify.js'
import type { Element } from '../../../src/platforms/xmpp/wire.js'

const { xml } = await import('@xmpp/client' as string)

describe('a message when nothing is accepted any more', () => {
  it('is missed until another session begins', async () => {
    const { intake, told, hear } = testIntake()
    hear('/ping')
    await intake.settled()
    expect([intake.hasMissed(), told()]).toEqual([true, []])
    intake.begin()
    expect(intake.hasMissed()).toBe(false)
  })

  it('is missed if it is refused only then, and its sender gets no notice', async () => {
    const { intake, told, hear, take } = testIntake()
    let refuse = (_: Error) => {}
    take(
      () =>
        new Promise((_, reject) => {
          refuse = reject
        }),
    )
    hear('/ping')
    take(undefined)
    refuse(new UnavailableError('The connection is being left.', 2))
    await intake.settled()
    expect([intake.hasMissed(), told()]).toEqual([true, []])
  })

  it('is ignored if it is not a command', async () => {
    const { intake, hear } = testIntake()
    hear('… and good morning')
    await intake.settled()
    expect(intake.hasMissed()).toBe(false)
  })
})

describe('messages that could not be stored', () => {
  it('are answered with a notice, but only a few of a flood', async () => {
    const { intake, told, hear, take } = testIntake()
    take(async () => Promise.reject(new UnavailableError('The queue is full.', 2)))
    for (let at = 0; at < 50; at++) hear('/ping')
    await intake.settled()
    expect(intake.hasMissed()).toBe(false)
    expect(told()).toEqual(new Array(5).fill('the bot could not accept that now; try again in a moment.'))
  })
})

/** An intake for messages to the bot's own address, and its notices. */
function testIntake() {
  const told: string[] = []
  let accept: Accept | undefined
  let count = 0
  const intake = createIntake({
    lastSeen: { isMissed: () => false },
    verify: createVerifyMessage({
      installation: toInstallation('bot@chat.example', 'chat.example'),
      domain: 'chat.example',
      room: () => undefined,
      isOccupant: () => false,
    }),
    xml,
    log: silentLogger,
    accept: () => accept,
    entered: async () => undefined,
    send: (notice: Element) => void told.push(notice.getChildText('body') ?? ''),
  })
  return {
    intake,
    told: () => told,
    hear(body: string) {
      const stanza = xml(
        'message',
        { type: 'chat', from: 'kim@chat.example/phone', id: `message-${++count}` },
        xml('body', {}, body),
      )
      intake.hear({ stanza }, undefined)
    },
    take(by: Accept | undefined) {
      accept = by
    },
  }
}
