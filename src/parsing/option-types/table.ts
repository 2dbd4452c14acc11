import type { Option } from '../../model/option.js'
import { formatDuration, parseDuration } from '../duration.js'
import { choice } from './choice.js'
import { scalar } from './create-option-type.js'
import { date } from './date.js'
import { aNumber, integer, number } from './number.js'
import { mustBe, type OptionType, type ReadResult } from './option-type.js'
import { readRoom, readUser } from './read-references.js'
import { string } from './string.js'

/** Every type of option. To add one, add a row here and follow the compiler errors. */
export const optionTypes: Readonly<Record<Option['type'], OptionType>> = {
  string,
  number,
  integer,
  boolean: {
    parts: {},
    compile: () => ({ bounds: [], choices: ['yes', 'no'], read: readBoolean }),
    write: (value) => (typeof value === 'boolean' ? (value ? 'yes' : 'no') : undefined),
  },
  choice,
  duration: scalar({
    form: 'a duration, like 90s, 5m or 1h30m',
    bound: {
      mustBe: 'milliseconds, or a string like 5m',
      read: (part) => (typeof part === 'string' ? parseDuration(part) : aNumber.read(part)),
    },
    parse: parseDuration,
    format: formatDuration,
  }),
  date,
  user: scalar({ form: 'a person, like @alice', parse: readUser }),
  room: scalar({ form: 'a room, like #general', parse: readRoom }),
} satisfies { readonly [T in Option['type']]: OptionType<OptionOf<T>, OwnPart<OptionOf<T>>> }

type OptionOf<T extends Option['type']> = Option & { readonly type: T }
type OwnPart<O extends Option> = Exclude<keyof O, keyof Option> & string

const yes = new Set(['true', 'yes', 'y', 'on', '1'])
const no = new Set(['false', 'no', 'n', 'off', '0'])

function readBoolean(text: string): ReadResult {
  const word = text.toLowerCase()
  return yes.has(word) || no.has(word) ? { value: yes.has(word) } : mustBe('yes or no', text)
}
