import { describe, expect, it } from 'vitest'
import { card, command, say, whisper } from '../../src/authoring.js'
import { createMemoryStore } from '../../src/stores/memory.js'
import { type TestRoomOptions, testRoom } from '../../src/testing/test-room.js'
import { codeIn } from './code-in.js'

const drop = command({
  summary: 'Drops a database',
  options: { name: { type: 'string', positional: true, required: true } },
  confirm: 'All of it will be gone. Go on?',
  run: ({ options, invocation }) =>
    say(
      `${options.name} dropped for ${invocation.user.name}, ${invocation.confirmedBy?.name} agreed: ${invocation.text}`,
    ),
})
const release = command({
  summary: 'Releases',
  confirm: { question: 'Release?', by: ['captain', '@carol', '17'] },
  run: ({ invocation }) => say(`released for ${invocation.user.name} by ${invocation.confirmedBy?.name}`),
})
const ping = command({ summary: 'Answers', run: () => say('pong') })
const kit = (options?: TestRoomOptions) => testRoom({ drop, release, ping }, options)

describe('a command that confirms', () => {
  it('asks first, and runs after a yes', async () => {
    const room = kit()
    const replies = await room.type('/drop main')
    const code = codeIn(replies)
    expect(replies).toEqual([
      card(
        {
          title: 'All of it will be gone. Go on?',
          text: `/drop main\nType /confirm ${code} within 5m.`,
          buttons: [
            { label: 'Yes', command: `/confirm ${code}`, tone: 'good' },
            { label: 'No', command: `/confirm ${code} no` },
          ],
        },
        { audience: 'caller', tone: 'warning' },
      ),
    ])
    expect(room.outcome()).toBe('done')
    expect(await room.type(`/confirm ${code.toLowerCase()}`)).toEqual([
      say('main dropped for alice, alice agreed: /drop main'),
    ])
    expect(room.outcome()).toBe('done')
  })

  it('asks in its own words where it has none', async () => {
    const [question] = await testRoom({ x: { ...ping, confirm: true } }).type('/x')
    expect(question).toMatchObject({ card: { title: 'Run /x?' } })
  })

  it('does not run after a no', async () => {
    const room = kit()
    await room.type('/drop main')
    expect(await room.press('No')).toEqual([whisper('Not run: “/drop main”')])
    expect(await room.press('Yes')).toEqual([whisper('That question was already answered: type the command again.')])
    expect(room.outcome()).toBe('usage')
  })

  it('runs once, however often it is told yes', async () => {
    const room = kit()
    await room.type('/drop main')
    const answers = await Promise.all([room.press('Yes'), room.press('Yes'), room.press('Yes')])
    expect(answers.flat().filter(({ audience }) => audience === 'room')).toHaveLength(1)
  })

  it('takes a yes in time only', async () => {
    const room = kit()
    await room.type('/drop main')
    await room.advance(5 * 60_000)
    expect(await room.press('Yes')).toEqual([whisper('The time to answer has passed: type the command again.')])
    await room.advance(60 * 60_000)
    expect(await room.press('Yes')).toMatchObject([
      { text: expect.stringMatching(/^There is no pending question with the code/) },
    ])
  })

  it('takes the yes of nobody else, and of nobody elsewhere', async () => {
    const room = kit()
    await room.type('/drop main')
    expect(await room.as('bob').press('Yes')).toEqual([whisper('Only alice may answer that.')])
    expect(room.outcome()).toBe('forbidden')
    expect(await room.as('bob').press('No')).toEqual([whisper('Only alice may answer that.')])
    for (const elsewhere of [{ room: 'other' }, { tenant: 'other' }]) {
      expect(await room.as(elsewhere).press('Yes')).toMatchObject([
        { text: expect.stringMatching(/^There is no pending/) },
      ])
    }
    expect(await room.press('Yes')).toMatchObject([{ text: expect.stringMatching(/^main dropped/) }])
  })

  it('takes a user for who their id says, whatever they call themselves', async () => {
    const room = kit({ user: { id: '1', name: 'alice' } })
    await room.type('/drop main')
    await room.as({ user: { id: '2', name: 'alice' } }).press('Yes')
    expect(room.outcome()).toBe('forbidden')
  })

  it('takes nobody for whom it names because of a name that people choose', async () => {
    for (const name of ['carol', '@carol', 'captain', '17']) {
      const room = kit()
      await room.type('/release')
      await room.as({ user: { id: '9', name, mention: name, handle: undefined } }).press('Yes')
      expect(room.outcome(), name).toBe('forbidden')
    }
  })

  it('asks others where it names them, by id, handle or role, and lets the caller take it back', async () => {
    const yes = [say('released for alice by x')]
    for (const by of [
      { user: { id: '17', name: 'x' } },
      { user: { id: '9', name: 'x', handle: 'Carol' } },
      { user: { id: '9', name: 'x', roles: ['captain'] } },
    ]) {
      const room = kit()
      expect(await room.type('/release')).toMatchObject([{ audience: 'room', notify: true }])
      expect(await room.press('Yes')).toEqual([whisper('Only captain or @carol or 17 may answer that.')])
      expect(await room.as({ user: { id: '9', name: '17', mention: 'captain' } }).press('No')).toHaveLength(1)
      expect(room.outcome()).toBe('forbidden')
      expect(await room.as(by).press('Yes')).toEqual(yes)
    }
    const room = kit()
    await room.type('/release')
    expect(await room.press('No')).toEqual([say('Not run: “/release”')])
  })

  it('lets the caller say yes where it names the caller', async () => {
    const room = kit({ roles: ['captain'] })
    await room.type('/release')
    expect(await room.press('Yes')).toEqual([say('released for alice by alice')])
  })

  it('shows the whole line to who says yes, and wakes nobody with it', async () => {
    const [question] = await kit().type(`/drop "${'x'.repeat(100)} @all \u202Edesrever"`)
    const text = question?.kind === 'card' ? (question.card.text ?? '') : ''
    expect(text).toContain(`${'x'.repeat(100)} @\u2060all desrever`)
    const [long] = await kit().type(`/drop ${'x'.repeat(10_000)}`)
    expect(long).toMatchObject({ card: { text: expect.stringContaining('… (8506 characters more)') } })
  })

  it('wakes nobody with what its caller is called', async () => {
    const { policy, user } = { policy: 'rules:\n  - approve: release\n', user: { id: '1', name: '@all' } }
    const [question] = await kit({ policy, user }).type('/release')
    const text = question?.kind === 'card' ? question.card.text : ''
    expect(text).toContain('@\u2060all asks; somebody other than @\u2060all: captain')
    expect(text).not.toContain('@all')
  })

  it('tells what does not fit before it asks', async () => {
    const room = kit()
    expect(await room.type('/drop')).toEqual([whisper('name is missing.\nUsage: /drop <name>')])
  })

  it('asks again who may, and whose turn it is, when it runs', async () => {
    let open = true
    const room = testRoom({
      x: { ...ping, confirm: true, cooldown: { every: '1m' }, allow: { when: () => open } },
    })
    await room.type('/x')
    open = false
    expect(await room.press('Yes')).toEqual([whisper('You may not run /x here.')])
    open = true
    await room.type('/x')
    expect(await room.press('Yes')).toEqual([say('pong')])
    await room.type('/x')
    expect(await room.press('Yes')).toEqual([whisper('/x can be run again in 1m.')])
  })

  it('can be told yes in another process, and by one of two only', async () => {
    const store = createMemoryStore({ now: () => Date.UTC(2030, 0, 1) })
    const [asked, one, other] = [kit({ store }), kit({ store }), kit({ store })]
    const line = `/confirm ${codeIn(await asked.type('/drop main'))}`
    const answers = await Promise.all([one.type(line), other.type(line)])
    expect(answers.flat().filter(({ audience }) => audience === 'room')).toHaveLength(1)
  })

  it('is told so where it is gone by then', async () => {
    const store = createMemoryStore({ now: () => Date.UTC(2030, 0, 1) })
    const code = codeIn(await kit({ store }).type('/drop main'))
    expect(await testRoom({ release }, { store }).type(`/confirm ${code}`)).toEqual([
      whisper('The command “/drop main” no longer exists.'),
    ])
  })
})

describe('/confirm', () => {
  it('is there only where a command confirms, and not where there is one of that name', async () => {
    expect(await kit().type('/help')).toMatchObject([{ text: expect.stringContaining('/confirm ') }])
    expect(await kit().type('/help')).not.toMatchObject([{ text: expect.stringContaining('/answer') }])
    expect(await testRoom({ ping }).type('/confirm K7Q2')).toEqual([])
    expect(await testRoom({ drop, confirm: ping }).type('/confirm')).toEqual([say('pong')])
  })

  it('takes no code for a key of something else', async () => {
    const room = kit()
    for (const code of ['0000', '../../tenant', 'x'.repeat(10_000), '%2F', '""', '😀'.repeat(300)]) {
      await room.type(`/confirm ${code}`)
      expect(room.outcome(), code.slice(0, 20)).toBe('usage')
    }
  })

  it('takes yes and no only', async () => {
    const room = kit()
    await room.type('/drop main')
    await room.type(`/confirm ${codeIn(await room.type('/drop main'))} maybe`)
    expect(room.outcome()).toBe('usage')
  })
})
