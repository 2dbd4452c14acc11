import { describe, expect, it } from 'vitest'
import { createOutgoing } from '../../../src/platforms/irc/connection/outgoing.js'
import type { Talk } from '../../../src/platforms/irc/connection/talk.js'
import { readFeatures } from '../../../src/platforms/irc/features.js'
import { parseMessage } from '../../../src/platforms/irc/message.js'

/** An outgoing queue with its own clock, answered by a script. */
function createRig(capabilities: readonly string[] = []) {
  const written: string[] = []
  const alarms = new Set<{ at: number; then: () => void }>()
  let now = 0
  const clock = {
    now: () => now,
    after(ms: number, then: () => void) {
      const alarm = { at: now + ms, then }
      alarms.add(alarm)
      return () => void alarms.delete(alarm)
    },
  }
  const network = {
    capabilities: new Set(capabilities),
    features: readFeatures(new Map()),
    isOwn: (nick: string) => nick === 'bot',
  }
  const outgoing = createOutgoing({ network, clock, write: (line) => written.push(line) })
  const outcomes: string[] = []
  return {
    written,
    outcomes,
    outgoing,
    say(target: string, lines: readonly string[], more: Partial<Talk> = {}) {
      outgoing.say({ verb: 'PRIVMSG', target, lines, ...more }).then(
        () => outcomes.push(`${target} taken`),
        (error) => outcomes.push(`${target} ${error.message} ${error.retryAdvice.retry ? 'again' : 'never'}`),
      )
    },
    async hear(...lines: readonly string[]) {
      for (const line of lines) outgoing.receive(parseMessage(line) ?? fail(line))
      await Promise.resolve()
      await Promise.resolve()
    },
    pass(ms: number) {
      const until = now + ms
      for (;;) {
        const next = [...alarms].filter(({ at }) => at <= until).sort((one, other) => one.at - other.at)[0]
        if (!next) break
        alarms.delete(next)
        now = next.at
        next.then()
      }
      now = until
    },
  }
}

function fail(line: string): never {
  throw new Error(`no line: ${line}`)
}

const numbered = (count: number, text = 'line') => Array.from({ length: count }, (_, at) => `${text} ${at + 1}`)

describe('text sent to IRC', () => {
  it('is sent eight lines at once, then one per second', async () => {
    const rig = createRig(['echo-message'])
    rig.say('#ops', numbered(30))
    expect(rig.written).toHaveLength(8)
    await rig.hear(...rig.written.map((line) => `:bot!b@h ${line}`))
    rig.pass(999)
    expect(rig.written).toHaveLength(8)
    rig.pass(5_001)
    expect(rig.written).toHaveLength(14)
  })

  it('waits while the server has not confirmed a thousand bytes', async () => {
    const rig = createRig(['echo-message'])
    rig.say('#ops', numbered(20, 'x'.repeat(400)))
    expect(rig.written).toHaveLength(3)
    rig.pass(4_000)
    expect(rig.written).toHaveLength(3)
    await rig.hear(`:bot!b@h ${rig.written[0]}`)
    expect(rig.written).toHaveLength(4)
  })

  it('waits while the server has not confirmed eight lines, however short', async () => {
    const rig = createRig(['echo-message'])
    rig.say('#ops', numbered(20))
    rig.pass(20_000)
    expect(rig.written.filter((line) => line.startsWith('PRIVMSG'))).toHaveLength(8)
  })

  it('counts as accepted when the server answers a later PING', async () => {
    const rig = createRig()
    rig.say('#ops', ['one', 'two'])
    expect(rig.written).toEqual(['PRIVMSG #ops one', 'PRIVMSG #ops two', 'PING slashroom'])
    expect(rig.outcomes).toEqual([])
    await rig.hear(':irc.test PONG irc.test :slashroom')
    expect(rig.outcomes).toEqual(['#ops taken'])
  })

  it('counts as accepted when it is echoed, by its label if the server supports labels', async () => {
    const rig = createRig(['echo-message', 'labeled-response'])
    rig.say('#ops', ['one two'])
    rig.say('#dev', ['one two'])
    expect(rig.written).toEqual(['@label=s1 PRIVMSG #ops :one two', '@label=s2 PRIVMSG #dev :one two'])
    await rig.hear('@label=s2 :bot!b@h PRIVMSG #elsewhere :changed')
    expect(rig.outcomes).toEqual(['#dev taken'])
    await rig.hear('@label=s1 :irc.test ACK')
    expect(rig.outcomes).toEqual(['#dev taken', '#ops taken'])
  })

  it('is accepted at the end of its batch, or refused within it', async () => {
    const rig = createRig(['echo-message', 'labeled-response', 'batch'])
    rig.say('#ops', ['one'])
    rig.say('#dev', ['one'])
    await rig.hear(
      '@label=s1 :irc.test BATCH +a labeled-response',
      '@batch=a :bot!b@h PRIVMSG #ops one',
      ':irc.test BATCH -a',
    )
    await rig.hear(
      '@label=s2 :irc.test BATCH +b labeled-response',
      '@batch=b :irc.test 404 bot #dev :No',
      ':irc.test BATCH -b',
    )
    expect(rig.outcomes).toEqual(['#ops taken', '#dev the server answered 404 to #dev: No again'])
  })

  it('is followed by a PING if the server does not answer', async () => {
    const rig = createRig(['echo-message'])
    rig.say('#ops', ['one'])
    rig.pass(4_999)
    expect(rig.written).not.toContain('PING slashroom')
    rig.pass(1)
    expect(rig.written).toContain('PING slashroom')
    await rig.hear(':irc.test PONG irc.test slashroom')
    expect(rig.outcomes).toEqual(['#ops taken'])
  })

  it('fails with the server’s words, and the rest of it is not sent', async () => {
    const rig = createRig()
    rig.say('#ops', numbered(20))
    rig.say('ghost', ['one'])
    await rig.hear(':irc.test 404 bot #OPS :Cannot send to channel (+m)', ':irc.test PONG irc.test slashroom')
    rig.pass(2_000)
    await rig.hear(':irc.test 401 bot ghost :No such nick')
    rig.pass(60_000)
    expect(rig.outcomes).toEqual([
      '#ops the server answered 404 to #OPS: Cannot send to channel (+m) again',
      'ghost the server answered 401 to ghost: No such nick never',
    ])
    expect(rig.written.filter((line) => line.includes('#ops')).length).toBeLessThanOrEqual(8)
  })

  it('goes to each target in turn, even if one has many lines, and commands go first', async () => {
    const rig = createRig(['echo-message'])
    rig.say('#loud', numbered(100))
    rig.say('#quiet', ['hello'])
    rig.outgoing.command('JOIN #new')
    await rig.hear(...rig.written.map((line) => `:bot!b@h ${line}`))
    rig.pass(3_000)
    expect(rig.written.slice(8)).toEqual(['JOIN #new', 'PRIVMSG #loud :line 9', 'PRIVMSG #quiet hello'])
  })

  it('can be retried when the connection is lost, and no more lines are sent', async () => {
    const rig = createRig()
    rig.say('#ops', numbered(20))
    rig.outgoing.close('gone')
    rig.say('#ops', ['more'])
    await rig.hear()
    rig.pass(60_000)
    expect(rig.outcomes).toEqual([
      '#ops the connection was lost: gone again',
      '#ops the connection was lost: it is closed again',
    ])
    expect(rig.written).toHaveLength(8)
  })

  it('is confirmed line by line, so that accepted lines are not sent again', async () => {
    const rig = createRig(['echo-message'])
    let taken = 0
    rig.say('#ops', numbered(3), { onTaken: () => void taken++ })
    await rig.hear(':bot!b@h PRIVMSG #ops :line 1', ':bot!b@h PRIVMSG #ops :line 2')
    rig.outgoing.close('gone')
    expect(taken).toBe(2)
  })
})
