import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { startEjabberd } from '../../fixtures/ejabberd.js'
import { startProsody } from '../../fixtures/prosody.js'
import { startXmppBot, type XmppBot } from '../../fixtures/xmpp-bot.js'
import { enterXmpp, type Heard, type XmppPerson } from '../../fixtures/xmpp-person.js'
import { accounts, type XmppServer } from '../../fixtures/xmpp-server.js'

describe.each([
  ['prosody', startProsody],
  ['ejabberd', startEjabberd],
] as const)('a room on %s', (name, start) => {
  let server: XmppServer
  let bot: XmppBot
  let ann: XmppPerson
  let ops: string
  const people: XmppPerson[] = []
  beforeAll(async () => {
    server = await start()
    ops = `ops@${server.rooms}`
    bot = await startXmppBot(server)
    await bot.ready()
    ann = await enterXmpp(server, 'ann', accounts.ann)
    await ann.join(ops, 'ann')
  })
  afterEach(() => {
    for (const person of people.splice(0)) person.close()
  })
  afterAll(async () => {
    ann?.close()
    await bot?.stop()
    await server?.stop()
  })

  async function enter(account: keyof typeof accounts): Promise<XmppPerson> {
    const person = await enterXmpp(server, account, accounts[account])
    people.push(person)
    return person
  }

  const saysBot = (text: string | RegExp) => (one: Heard) =>
    one.nick === 'bot' && one.body !== undefined && (typeof text === 'string' ? one.body === text : text.test(one.body))

  /** Sends one more command and waits for its answer: what was not answered by then never will be. */
  async function settled(person = ann): Promise<void> {
    const word = `settled ${Math.random()}`
    person.say(ops, `/echo ${word}`)
    await person.hears(saysBot(word))
  }

  it('answers a command however it is written', async () => {
    for (const line of ['/echo one', '!echo two', 'bot: echo three', 'BOT, !echo four', '@bot echo five'])
      ann.say(ops, line)
    for (const word of ['one', 'two', 'three', 'four', 'five']) await ann.hears(saysBot(word))
  })

  it('answers twenty commands at once, without a warning from Node.js', async () => {
    const warnings: string[] = []
    const warned = ({ message }: Error) => void warnings.push(message)
    process.on('warning', warned)
    const words = Array.from({ length: 20 }, (_, at) => `word-${at}`)
    for (const word of words) ann.tell(`${ops}/bot`, `/echo ${word}`)
    for (const word of words) await ann.hears(({ body }) => body === word)
    process.off('warning', warned)
    expect(warnings).toEqual([])
  })

  it('gets no answer to what is not a command, to a correction, or to the bot’s own messages', async () => {
    const before = ann.said().length
    for (const talk of ['hello', 'echo this', '/me /echo waves', '! echo that', 'robot: echo no', '/', '!'])
      ann.say(ops, talk)
    ann.send(
      `<message to='${ops}' type='groupchat' id='correction-1'><body>/echo corrected</body><replace id='earlier-one' xmlns='urn:xmpp:message-correct:0'/></message>`,
    )
    ann.say(ops, '/echo /echo again')
    await ann.hears(saysBot(/echo again/))
    await settled()
    const said = ann.said().slice(before)
    expect(said.filter((line) => line.startsWith('bot: ') && !line.startsWith('bot: settled'))).toEqual([
      'bot:  /echo again',
    ])
  })

  it('identifies callers by what it vouches for, never by the nick', async () => {
    const bob = await enter('bob')
    await bob.join(ops, 'bob')
    bob.say(ops, '/who')
    const { body: seen = '' } = await bob.hears(saysBot(/as bob/))
    expect(seen).toMatch(/^bob@chat\.example as bob/) // the bot owns the room, and is shown addresses
    bob.leave(ops, 'bob')
    const eve = await enter('eve')
    await eve.join(ops, 'bob')
    const before = eve.stanzas.length
    eve.say(ops, '/who')
    const isNew = (one: Heard) => saysBot(/as bob/)(one) && eve.stanzas.indexOf(one) >= before
    const { body: taken = '' } = await eve.hears(isNew)
    expect(taken).toMatch(/^eve@chat\.example as bob/)
  })

  it('without addresses, recognizes who stays, and does not confuse people who had the same nick', async () => {
    const lobby = `lobby@${server.rooms}`
    const owner = await enter('bob')
    await owner.join(lobby, 'owner')
    await owner.ask(
      'set',
      lobby,
      `<query xmlns='http://jabber.org/protocol/muc#owner'><x xmlns='jabber:x:data' type='submit'/></query>`,
    )
    const other = await startXmppBot(server, { env: { XMPP_ROOMS: lobby, XMPP_NICK: 'helper' } })
    try {
      await other.ready()
      const idOf = async (person: XmppPerson, at: number) => {
        person.say(lobby, `/who`)
        const answer = await person.hears((one) => one.nick === 'helper' && person.stanzas.indexOf(one) >= at)
        return (answer.body ?? '').split(' as ')[0]
      }
      const eve = await enter('eve')
      await eve.join(lobby, 'ann')
      const id = await idOf(eve, eve.stanzas.length)
      expect(id).toMatch(name === 'prosody' ? /^occupant:/ : /^stay:/)
      expect(await idOf(eve, eve.stanzas.length)).toBe(id)
      eve.leave(lobby, 'ann')
      await eve.hears((one) => one.name === 'presence' && one.type === 'unavailable')
      await ann.join(lobby, 'ann')
      expect(await idOf(ann, ann.stanzas.length)).not.toBe(id)
      // A forged occupant id proves nothing.
      const at = ann.stanzas.length
      ann.send(
        `<message to='${lobby}' type='groupchat' id='forged-${name}'><body>/who</body><occupant-id xmlns='urn:xmpp:occupant-id:0' id='${id}'/></message>`,
      )
      const answer = await ann.hears((one) => one.nick === 'helper' && ann.stanzas.indexOf(one) >= at)
      expect(answer.body).not.toContain(id ?? 'nobody')
    } finally {
      ann.leave(lobby, 'ann')
      await other.stop()
    }
  })

  it('does not see replies for the caller alone', async () => {
    const bob = await enter('bob')
    await bob.join(ops, 'bob')
    ann.say(ops, '/secret')
    const secret = await ann.hears(saysBot('only for ann'))
    expect(secret.type).toBe('chat')
    await settled(bob)
    expect(bob.said().join('\n')).not.toContain('only for ann')
  })

  it('gets a whisper to somebody who changed the nick, not to whoever took the old one', async () => {
    const bob = await enter('bob')
    await bob.join(ops, 'bob')
    bob.say(ops, '/later secret')
    bob.send(`<presence to='${ops}/robert'/>`)
    await bob.hears((one) => one.name === 'presence' && one.nick === 'robert')
    const eve = await enter('eve')
    await eve.join(ops, 'bob')
    await bob.hears(saysBot('late and only for bob'))
    await settled(eve)
    expect(eve.said().join('\n')).not.toContain('late and only for bob')
  })

  it('gets answers to private messages, even without a prefix', async () => {
    ann.tell(`${ops}/bot`, 'echo in private')
    expect((await ann.hears(saysBot('in private'))).type).toBe('chat')
    ann.tell(`bot@${server.domain}`, 'echo at home')
    const answer = await ann.hears((one) => one.body === 'at home')
    expect([answer.type, answer.from.split('/')[0]]).toEqual(['chat', `bot@${server.domain}`])
  })

  it('sees progress replaced in place', async () => {
    ann.say(ops, '/ship')
    const first = await ann.hears(saysBot('shipping'))
    const last = await ann.hears(saysBot(/shipped$/))
    expect(last.xml).toContain(`<replace`)
    expect(last.xml).toContain(first.id)
  })

  it('gets long answers completely, in parts, without control characters', async () => {
    const at = ann.stanzas.length
    ann.say(ops, '/long')
    await ann.hears(saysBot(/end of it$/))
    const parts = ann.stanzas.slice(at).filter((one) => one.nick === 'bot' && one.body !== undefined)
    expect(
      parts
        .map(({ body }) => body)
        .join('\n')
        .replace(/\s+/g, ' '),
    ).toBe(`${Array.from({ length: 3_000 }, (_, n) => `line ${n} äöü 👩‍👩‍👧`).join(' ')} red end of it`)
  })

  it('still works after nonsense: a line of 100 kB, a flood, markup, a nick like the bot’s', async () => {
    ann.say(ops, `/echo ${'x'.repeat(100_000)}`)
    for (let n = 0; n < 50; n++) ann.say(ops, `/echo flood ${n}`)
    ann.say(ops, `/echo <script>alert(1)</script> & 'quotes' "more" ]]>`)
    await ann.hears(saysBot(`<script>alert(1)</script> & 'quotes' "more" ]]>`))
    for (let n = 0; n < 50; n++) await ann.hears(saysBot(`flood ${n}`))
    const eve = await enter('eve')
    await eve.join(ops, 'bоt') // with a Cyrillic letter
    eve.say(ops, '/who')
    await eve.hears(saysBot(/^eve@/))
    await settled()
  })
})
