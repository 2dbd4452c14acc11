import type { Option } from '../model/option.js'
import { ownOnly } from '../shared/own-properties.js'
import type { Range } from './option-types/option-type.js'
import { optionTypes } from './option-types/table.js'
import { type OtherWords, unknownParts } from './unknown-keys.js'

const common = 'type summary alias positional rest required many default ask schema'.split(' ')
const special = new Set(Object.values(optionTypes).flatMap(({ parts }) => Object.keys(parts)))

const otherWords: OtherWords = {
  ...{ description: 'summary', desc: 'summary', describe: 'summary', help: 'summary', title: 'summary' },
  ...{ minimum: 'min', minlength: 'min', minvalue: 'min', maximum: 'max', maxlength: 'max', maxvalue: 'max' },
  ...{ regex: 'pattern', regexp: 'pattern', match: 'pattern', enum: 'choices', values: 'choices', options: 'choices' },
  ...{
    multiple: 'many',
    array: 'many',
    list: 'many',
    short: 'alias',
    aliases: 'alias',
    prompt: 'ask',
    variadic: 'rest',
  },
  ...{ defaultvalue: 'default', validate: 'schema', validator: 'schema', kind: 'type', position: 'positional' },
  optional: 'options are optional unless they are required',
  name: 'the key is the name',
}

/** All mistakes in an option's definition, except its default. */
export function optionFaults(name: string, option: Option): readonly string[] {
  if (!/^[a-z][\w-]*$/i.test(name)) return ['a name must start with a letter and contain only letters, digits, - and _']
  if (typeof option !== 'object' || option === null) return ['it must be an object with a type']
  return [...typeFaults(option), ...commonFaults(option)]
}

/** `min` and `max` as numbers, if they are valid. */
export function rangeOf(option: Option): Range {
  const given: Readonly<Record<string, unknown>> = ownOnly({ ...option })
  const parts = ownOnly(optionTypes[option.type].parts)
  const [min, max] = ['min', 'max'].map((part) => parts[part]?.read(given[part]))
  return { ...(typeof min === 'number' ? { min } : {}), ...(typeof max === 'number' ? { max } : {}) }
}

function typeFaults(option: Option): readonly string[] {
  if (Object.hasOwn(optionTypes, option.type)) return [...partFaults(option), ...unknownFaults(option)]
  const types = Object.keys(optionTypes).join(', ')
  if (option.type === undefined) return [`type is missing: it must be one of ${types}`]
  return [`type ${JSON.stringify(option.type)} is not one of ${types}`]
}

/** Mistakes in the parts that only some types have. */
function partFaults(option: Option): readonly string[] {
  const given: Readonly<Record<string, unknown>> = ownOnly({ ...option })
  const parts = ownOnly(optionTypes[option.type].parts)
  const faults = [...special].flatMap((part) => {
    const known = parts[part]
    if (given[part] === undefined && !(known && Object.hasOwn(known, 'required'))) return []
    if (!known) return [`type ${option.type} has no ${part}`]
    return known.read(given[part]) === undefined ? [`${part} must be ${known.mustBe}`] : []
  })
  const { min = -Infinity, max = Infinity } = rangeOf(option)
  return min > max ? [...faults, 'min is greater than max'] : faults
}

function unknownFaults(option: Option): readonly string[] {
  const known = [...common, ...Object.keys(optionTypes[option.type].parts)]
  const names = Object.keys(option).filter((name) => !special.has(name))
  return unknownParts(names, known, otherWords)
}

/** Mistakes in the parts that all types have. */
function commonFaults(option: Option): readonly string[] {
  const { alias, required, ask, schema } = option
  const faults: readonly (readonly [isWrong: boolean, fault: string])[] = [
    [alias !== undefined && !/^[a-z][\w-]*$/i.test(String(alias)), 'its alias must be a letter or a name'],
    [Boolean(required) && option.default !== undefined, 'it is required, so its default would never be used'],
    [Boolean(ask) && !required, 'ask works only with required: true'],
    [schema !== undefined && typeof schema['~standard']?.validate !== 'function', 'schema must be a Standard Schema'],
  ]
  return faults.filter(([isWrong]) => isWrong).map(([, fault]) => fault)
}
