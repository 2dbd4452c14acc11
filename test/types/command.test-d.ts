/** Compiled by `tsc --noEmit`, never run: what is marked must not compile, all else must. */

import {
  command,
  type RoomReference,
  type StandardSchema,
  say,
  UsageError,
  type User,
  type UserReference,
} from 'slashroom'
import { testRoom } from 'slashroom/testing'

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
function is<A, B>(_same: Same<A, B>): void {}

declare const port: StandardSchema<{ readonly host: string }>

const all = command({
  summary: 'Every type',
  options: {
    text: { type: 'string', positional: true },
    sure: { type: 'string', required: true },
    count: { type: 'integer', default: 3, min: 1, max: 5 },
    ratio: { type: 'number' },
    loud: { type: 'boolean', alias: 'l' },
    env: { type: 'choice', choices: ['staging', 'prod'], default: 'staging' },
    maybe: { type: 'choice', choices: ['a', 'b'] },
    wait: { type: 'duration', default: 1000 },
    pause: { type: 'duration', default: '5m', min: '1s' },
    from: { type: 'date', min: '2030-01-01' },
    until: { type: 'date', default: '2030-02-28' },
    days: { type: 'date', many: true },
    who: { type: 'user', required: true },
    where: { type: 'room' },
    tags: { type: 'string', many: true },
    some: { type: 'choice', choices: ['x', 'y'], many: true, default: ['x'] },
    host: { type: 'string', schema: port, required: true },
    hosts: { type: 'string', schema: port, many: true },
    words: { type: 'string', positional: true, rest: true },
  },
  schedule: [
    '0 9 * * 1-5',
    {
      cron: '@daily',
      zone: 'Europe/Berlin',
      rooms: ['#ops'],
      options: {
        sure: 'yes',
        who: '@ada',
        count: 4,
        loud: true,
        env: 'prod',
        wait: '10m',
        tags: ['a'],
        some: ['y'],
        from: '2030-02-28',
        days: ['2030-02-28'],
      },
    },
  ],
  run({ options, invocation, signal, store, log, later }) {
    is<typeof options.text, string | undefined>(true)
    is<typeof options.sure, string>(true)
    is<typeof options.count, number>(true)
    is<typeof options.ratio, number | undefined>(true)
    is<typeof options.loud, boolean | undefined>(true)
    is<typeof options.env, 'staging' | 'prod'>(true)
    is<typeof options.maybe, 'a' | 'b' | undefined>(true)
    is<typeof options.wait, number>(true)
    is<typeof options.pause, number>(true)
    is<typeof options.from, string | undefined>(true)
    is<typeof options.until, string>(true)
    is<typeof options.days, readonly string[]>(true)
    is<typeof options.who, UserReference>(true)
    is<typeof options.where, RoomReference | undefined>(true)
    is<typeof options.tags, readonly string[]>(true)
    is<typeof options.some, readonly ('x' | 'y')[]>(true)
    is<typeof options.host, { readonly host: string }>(true)
    is<typeof options.hosts, readonly { readonly host: string }[]>(true)
    is<typeof options.words, string | undefined>(true)
    is<typeof invocation.command, string>(true)
    is<typeof signal, AbortSignal>(true)
    void [store.get('key'), log]
    is<ReturnType<typeof later>, Promise<string>>(true)
    void [later('10m', '/x'), later(1_000, '/x'), later(new Date(), '/x')]
    // @ts-expect-error a line is typed at some time
    void later('/x')
    // @ts-expect-error a misspelt option
    void options.conut
    // @ts-expect-error what was given is not changed
    options.count = 4
    return say('done')
  },
})

// @ts-expect-error a misspelt part of a schedule
command({ summary: 'x', schedule: { cron: '@daily', timezone: 'UTC' }, run() {} })
// @ts-expect-error a schedule without a time
command({ summary: 'x', schedule: { zone: 'UTC' }, run() {} })
command({
  summary: 'x',
  options: { env: { type: 'choice', choices: ['staging', 'prod'] } },
  // @ts-expect-error a choice that is none
  schedule: { cron: '@daily', options: { env: 'test' } },
  run() {},
})
command({
  summary: 'x',
  options: { env: { type: 'string' } },
  // @ts-expect-error a misspelt option
  schedule: { cron: '@daily', options: { evn: 'test' } },
  run() {},
})

/** The example of the style guide. */
const roll = command({
  summary: 'Throws dice',
  options: {
    dice: { type: 'string', positional: true, default: '1d6', summary: 'How many, and their sides: 2d6' },
    keep: { type: 'choice', choices: ['max', 'min'], summary: 'Count only the best or the worst' },
  },
  run({ options, invocation }) {
    const [, count, sides] = /^(\d{1,2})d(\d{1,3})$/.exec(options.dice) ?? []
    if (!count || !sides) throw new UsageError('Write the dice as 2d6.')
    const thrown = Array.from({ length: Number(count) }, () => 1 + Math.floor(Math.random() * Number(sides)))
    return say(`${invocation.user.name} threw ${options.keep ? Math[options.keep](...thrown) : thrown.join(' + ')}`)
  },
})

void testRoom(all)
void testRoom({ roll, 'deploy status': all })
void testRoom('commands')

command({ summary: 'No options', run: () => 'text' })
command({ summary: 'Nothing', run() {} })
command({ summary: 'Later', run: async () => undefined })
command({
  summary: 'In steps',
  options: { service: { type: 'string', required: true, positional: true } },
  async *run({ options, signal }) {
    yield say(`Shipping ${options.service}…`)
    yield `${signal.aborted}`
    return undefined
  },
})
// @ts-expect-error no summary
command({ run: () => 'text' })

// @ts-expect-error a number is no answer
command({ summary: 'x', run: () => 5 })

command({
  summary: 'x',
  // @ts-expect-error a default of another type
  options: { count: { type: 'integer', default: 'three' } },
  run() {},
})

command({
  summary: 'x',
  // @ts-expect-error a default that is a list, of an option that is not many
  options: { count: { type: 'string', default: ['three'] } },
  run() {},
})

command({
  summary: 'x',
  // @ts-expect-error a default outside its choices
  options: { env: { type: 'choice', choices: ['staging', 'prod'], default: 'production' } },
  run() {},
})

command({
  summary: 'x',
  // @ts-expect-error a list of defaults outside its choices
  options: { env: { type: 'choice', choices: ['staging', 'prod'], many: true, default: ['production'] } },
  run() {},
})

command({
  summary: 'x',
  // @ts-expect-error a choice without choices
  options: { env: { type: 'choice' } },
  run() {},
})

command({
  summary: 'x',
  options: {
    // @ts-expect-error only one can take the rest of the line
    first: { type: 'string', positional: true, rest: true },
    // @ts-expect-error only one can take the rest of the line
    second: { type: 'string', positional: true, rest: true },
  },
  run() {},
})

command({
  summary: 'x',
  // @ts-expect-error no such type
  options: { when: { type: 'colour' } },
  run() {},
})

command({
  summary: 'x',
  // @ts-expect-error a day is written as a text
  options: { when: { type: 'date', min: new Date() } },
  run() {},
})

command({
  summary: 'x',
  // @ts-expect-error a default of another type
  options: { when: { type: 'date', default: 20300228 } },
  run() {},
})

command({
  summary: 'x',
  options: { when: { type: 'date' } },
  // @ts-expect-error a schedule gives a day as a text
  schedule: { cron: '@daily', options: { when: 20300228 } },
  run() {},
})

command({
  summary: 'x',
  // @ts-expect-error a part that another type has
  options: { when: { type: 'boolean', min: 1 } },
  run() {},
})

command({
  summary: 'x',
  // @ts-expect-error a misspelt part of an option
  options: { when: { type: 'string', requried: true } },
  run() {},
})

command({
  summary: 'x',
  // @ts-expect-error required, so its default is never used
  options: { when: { type: 'string', required: true, default: 'now' } },
  run() {},
})

command({
  summary: 'x',
  // @ts-expect-error what may be left out is not asked for
  options: { when: { type: 'string', ask: true } },
  run() {},
})

command({
  summary: 'x',
  options: { when: { type: 'string', required: true, ask: true } },
  confirm: { question: 'Now?', by: ['captain'] },
  run({ options, invocation }) {
    is<typeof options.when, string>(true)
    is<typeof invocation.confirmedBy, User | undefined>(true)
  },
})

// @ts-expect-error a misspelt part of a confirmation would let everybody say yes
command({ summary: 'x', confirm: { byy: ['captain'] }, run() {} })

// @ts-expect-error a misspelt part of a command
command({ summary: 'x', sumary: 'y', run() {} })
