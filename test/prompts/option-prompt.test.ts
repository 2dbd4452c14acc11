import { describe, expect, it } from 'vitest'
import { card, command, say, whisper } from '../../src/authoring.js'
import { testRoom } from '../../src/testing/test-room.js'
import { codeIn } from './code-in.js'

const start = command({
  summary: 'Ships',
  options: {
    service: { type: 'string', positional: true, required: true, ask: true, summary: 'What to ship', min: 3 },
    env: { type: 'choice', choices: ['staging', 'prod'], required: true, ask: true },
    note: { type: 'string' },
  },
  run: ({ options }) => say(`${options.service} to ${options.env}${options.note ? `: ${options.note}` : ''}`),
})

describe('a missing option that may be asked for', () => {
  it('is asked for, one after the other', async () => {
    const room = testRoom({ start })
    const first = await room.type('/start --note "at last"')
    const code = codeIn(first)
    expect(first).toEqual([whisper(`Which service?\nWhat to ship\nType /answer ${code} <service> within 5m.`)])
    expect(room.outcome()).toBe('done')
    const second = await room.type(`/answer ${code} api`)
    const next = codeIn(second)
    expect(second).toEqual([
      card(
        {
          title: 'Which env?',
          text: `Type /answer ${next} <env> within 5m.`,
          buttons: [
            { label: 'staging', command: `/answer ${next} staging` },
            { label: 'prod', command: `/answer ${next} prod` },
          ],
        },
        { audience: 'caller' },
      ),
    ])
    expect(await room.press('prod')).toEqual([say('api to prod: at last')])
    expect(await room.press('prod')).toEqual([whisper('That question was already answered: type the command again.')])
  })

  it('is refused as before where something else is wrong', async () => {
    const room = testRoom({ start })
    expect(await room.type('/start --evn prod')).toMatchObject([{ text: expect.stringMatching(/^There is no option/) }])
    expect(room.outcome()).toBe('usage')
    const half = testRoom({
      half: command({
        summary: 'x',
        options: { a: { type: 'string', required: true, ask: true }, b: { type: 'string', required: true } },
        run: () => 'x',
      }),
    })
    await half.type('/half')
    expect(half.outcome()).toBe('usage')
  })

  it('stands until the answer fits', async () => {
    const room = testRoom({ start })
    const code = codeIn(await room.type('/start --env prod'))
    expect(await room.type(`/answer ${code} x`)).toEqual([
      whisper(`service must have at least 3 characters, not 1.\nType /answer ${code} <service>.`),
    ])
    expect(await room.type(`/answer ${code} the api`)).toEqual([say('the api to prod')])
  })

  it('is answered in time, by the caller, in the room, by /answer', async () => {
    const room = testRoom({ start })
    const line = `/answer ${codeIn(await room.type('/start --env prod'))} api`
    expect(await room.as('bob').type(line)).toEqual([whisper('Only alice may answer that.')])
    await room.as({ room: 'other' }).type(line)
    expect(room.outcome()).toBe('usage')
    await room.as({ tenant: 'other' }).type(line)
    expect(room.outcome()).toBe('usage')
    await room.advance(5 * 60_000)
    expect(await room.type(line)).toEqual([whisper('The time to answer has passed: type the command again.')])
  })

  it('takes what one would type: quotes, lists, options, people', async () => {
    const echo = command({
      summary: 'x',
      options: {
        tags: { type: 'string', many: true, required: true, ask: true },
        who: { type: 'user', required: true, ask: true },
        sure: { type: 'boolean', required: true, ask: true },
      },
      run: ({ options }) => say(JSON.stringify(options)),
    })
    const room = testRoom({ echo }, { people: [{ id: '7', name: 'Bob', mention: 'bob' }] })
    const tags = await room.type('/echo')
    expect(tags).toMatchObject([{ text: expect.stringContaining('<tags…>') }])
    const who = await room.type(`/answer ${codeIn(tags)} a “b c” --d`)
    await room.type(`/answer ${codeIn(who)} “@bob”`)
    expect(await room.press('yes')).toEqual([
      say('{"tags":["a","b c","--d"],"who":{"id":"7","name":"Bob","mention":"bob"},"sure":true}'),
    ])
  })

  it('lists many choices in place of buttons', async () => {
    const choices = ['one', 'two', 'three', 'four', 'five', 'six']
    const room = testRoom({
      pick: command({
        summary: 'x',
        options: { one: { type: 'choice', choices, required: true, ask: true } },
        run: ({ options }) => options.one,
      }),
    })
    const question = await room.type('/pick')
    expect(question).toMatchObject([{ kind: 'text', text: expect.stringContaining('One of one, two, three, four,') }])
    expect(await room.type(`/answer ${codeIn(question)} TWO`)).toEqual([say('two')])
  })

  it('is asked for before whether it is meant, which shows what was answered', async () => {
    const room = testRoom({ start: { ...start, confirm: { by: ['captain'] } } })
    const question = await room.type('/start --env prod')
    const code = codeIn(question)
    await room.type(`/confirm ${code}`)
    expect(room.outcome()).toBe('forbidden')
    const [asked] = await room.type(`/answer ${code} api`)
    expect(asked).toMatchObject({
      card: { text: expect.stringContaining('/start --env prod\nservice: api\nalice asks') },
    })
    expect(await room.as({ user: 'bob', roles: ['captain'] }).press('Yes')).toEqual([say('api to prod')])
  })

  it('is answered with the right one of two words', async () => {
    const room = testRoom({ start: { ...start, confirm: true } })
    const code = codeIn(await room.type('/start --env prod'))
    expect(await room.type(`/confirm ${code}`)).toEqual([
      whisper(`That question asks for service: type /answer ${code} <value>.`),
    ])
    const next = codeIn(await room.type(`/answer ${code} api`))
    expect(await room.type(`/answer ${next} api`)).toEqual([
      whisper(`That question needs a yes or no: type /confirm ${next}, or /confirm ${next} no.`),
    ])
    expect(await room.press('Yes')).toEqual([say('api to prod')])
  })
})
