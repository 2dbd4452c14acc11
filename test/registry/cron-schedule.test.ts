import { describe, expect, it } from 'vitest'
import { compileCommand } from '../../src/registry/compiled-command.js'
import { type CronSchedule, formatTime } from '../../src/registry/cron-schedule.js'
import { validateCommand } from '../../src/registry/validate-command.js'

const load = (schedule: unknown, options: object = {}) =>
  compileCommand('digest', validateCommand({ summary: 'Sums up', run() {}, options, schedule })).schedules

function timesOf([timetable]: readonly CronSchedule[], from: string, count: number): readonly string[] {
  const times: string[] = []
  for (let at: number | undefined = Date.parse(from); times.length < count; ) {
    at = timetable?.next(at)
    if (at === undefined) break
    times.push(new Date(at).toISOString().slice(0, 16))
  }
  return times
}

describe('a timetable', () => {
  it('is UTC, or of the zone that it names', () => {
    expect(timesOf(load('0 9 * * 1-5'), '2030-01-04T10:00Z', 2)).toEqual(['2030-01-07T09:00', '2030-01-08T09:00'])
    expect(timesOf(load({ cron: '0 9 * * *', zone: 'Asia/Tokyo' }), '2030-01-04T10:00Z', 1)).toEqual([
      '2030-01-05T00:00',
    ])
  })

  it('runs at the next moment there is where clocks leap over its time', () => {
    const times = timesOf(load({ cron: '30 2 * * *', zone: 'Europe/Berlin' }), '2030-03-30T12:00Z', 2)
    expect(times).toEqual(['2030-03-31T01:00', '2030-04-01T00:30'])
    const list = timesOf(load({ cron: '30 2,14 * * *', zone: 'Europe/Berlin' }), '2030-03-30T14:00Z', 2)
    expect(list).toEqual(['2030-03-31T01:00', '2030-03-31T12:30'])
  })

  it('runs once where its time comes twice, and each hour where it is for each hour', () => {
    const berlin = (cron: string) => load({ cron, zone: 'Europe/Berlin' })
    expect(timesOf(berlin('30 2 * * *'), '2030-10-26T12:00Z', 2)).toEqual(['2030-10-27T00:30', '2030-10-28T01:30'])
    expect(timesOf(berlin('30 * * * *'), '2030-10-26T23:45Z', 3)).toEqual([
      '2030-10-27T00:30',
      '2030-10-27T01:30',
      '2030-10-27T02:30',
    ])
  })

  it('says the same however it is asked', () => {
    const [timetable] = load('*/5 * * * *')
    const at = Date.UTC(2030, 0, 1, 0, 2)
    const later = timetable?.next(at + 600_000)
    expect([at, at + 1, at + 600_000, at].map((one) => timetable?.next(one))).toEqual([
      at + 180_000,
      at + 180_000,
      later,
      at + 180_000,
    ])
  })

  it('types its options as one would', () => {
    const options = {
      since: { type: 'duration' },
      csv: { type: 'boolean' },
      loud: { type: 'boolean' },
      tag: { type: 'string', many: true },
      topN: { type: 'integer' },
      from: { type: 'date' },
    }
    const given = {
      since: 3_600_000,
      csv: true,
      loud: false,
      tag: ['a "b" \\', "c's --d"],
      topN: -5,
      from: '2030-02-28',
    }
    expect(load({ cron: '@daily', options: given }, options)[0]?.line).toBe(
      '/digest --since=1h --csv=yes --loud=no --tag="a \\"b\\" \\\\" --tag="c\\\'s --d" --top-n=-5 --from=2030-02-28',
    )
  })

  it('is refused with a line that says what is wrong', () => {
    const required = { service: { type: 'string', required: true, positional: true } }
    const wrong: readonly (readonly [schedule: unknown, reason: string, options?: object])[] = [
      ['61 * * * *', 'schedule "61 * * * *" is not a cron expression: Invalid value for minute: 61'],
      ['* * * * * *', 'schedule "* * * * * *" is not a cron expression'],
      ['', 'schedule "" is not a cron expression'],
      ['0 0 31 2 *', 'schedule "0 0 31 2 *" is never due'],
      [{ cron: '0 9 * * *', zone: 'Mars/Base' }, 'unknown time zone "Mars/Base"'],
      [{ cron: '0 9 * * *', timezone: 'Europe/Berlin' }, 'key “timezone” (did you mean zone?)'],
      [[{ zone: 'UTC' }], 'schedule must be a cron expression like'],
      [{ cron: '@daily', rooms: '#ops' }, 'schedule must be a cron expression like'],
      [{ cron: '@daily', options: { sinse: '1d' } }, 'schedule: unknown option "sinse"'],
      ['@daily', 'schedule "@daily": service is missing.', required],
      [
        { cron: '@daily', options: { n: 'x' } },
        'schedule "@daily": --n must be a whole number, not “x”.',
        { n: { type: 'integer' } },
      ],
      [{ cron: '@daily', options: { n: [1, 2] } }, '--n was given more than once.', { n: { type: 'integer' } }],
      [{ cron: '@daily', options: { on: '2030-02-30' } }, '--on must be a date, like', { on: { type: 'date' } }],
    ]
    for (const [schedule, reason, options] of wrong) expect(() => load(schedule, options)).toThrow(reason)
  })

  it('is told of beside what else is wrong, and beside the others', () => {
    const schedules = ['61 * * * *', { cron: '@daily', zone: 'Mars/Base' }, '@hourly']
    const both =
      /^schedule "61 .* minute: 61; schedule: unknown time zone "Mars\/Base"[^;]*; use a name like Europe\/Berlin$/
    expect(() => load(schedules)).toThrow(both)
    const options = { n: { type: 'colour' } }
    expect(() => load(schedules, options)).toThrow(
      /^option n: type "colour" .*; schedule "61 .*; schedule: unknown time/,
    )
    expect(() => load('@daily', options)).toThrow(/^option n: type "colour" is not one of [^;]*$/)
  })

  it('shows times as its zone has them', () => {
    expect(formatTime(Date.UTC(2030, 0, 1, 8), 'Europe/Berlin')).toBe('Tue 2030-01-01 09:00')
  })
})
