import { randomInt } from 'node:crypto'
import { command, say, UsageError } from 'slashroom'

/** `/roll 2d6` throws two dice. */
export default command({
  summary: 'Throws dice',
  options: {
    dice: { type: 'string', positional: true, many: true, default: ['1d6'], summary: 'As 2d6, d20, 2d8+2 or d%' },
    keep: { type: 'choice', choices: ['max', 'min'], alias: 'k', summary: 'Count only the best or the worst' },
  },
  examples: ['/roll 2d6', '/roll 2d20 --keep max', '/roll 2d8+2', '/roll d%'],
  run({ options, invocation }) {
    const { count, sides, plus } = read(options.dice.join(''))
    const thrown = Array.from({ length: count }, () => 1 + randomInt(sides))
    const counted = options.keep ? [Math[options.keep](...thrown)] : thrown
    const sum = counted.reduce((total, die) => total + die, plus)
    return say(`${invocation.user.name} threw ${shown(thrown, plus, sum, options.keep)}.`)
  },
})

/** Parses dice as people write them, with spaces, capitals and a phone's long dash. */
function read(text: string) {
  const [, count = '', sides = '', plus = '0'] =
    /^(\d{0,3})[dw](\d{1,5}|%)([+-]\d{1,4})?$/.exec(text.toLowerCase().replace(/[−–—]/g, '-')) ?? []
  const dice = { count: Number(count || 1), sides: sides === '%' ? 100 : Number(sides), plus: Number(plus) }
  if (!sides) throw new UsageError('Write the dice as 2d6, d20, 2d8+2 or d%.')
  if (dice.count < 1 || dice.count > 50) throw new UsageError('I can throw 1 to 50 dice at once.')
  if (dice.sides < 2 || dice.sides > 1000) throw new UsageError('A die has 2 to 1000 sides.')
  return dice
}

function shown(thrown: readonly number[], plus: number, sum: number, keep: 'max' | 'min' | undefined): string {
  const bonus = plus === 0 ? '' : plus < 0 ? ` - ${-plus}` : ` + ${plus}`
  if (keep) return `${thrown.join(', ')}${bonus} and keeps ${sum}`
  return thrown.length === 1 && !bonus ? `${sum}` : `${thrown.join(' + ')}${bonus} = ${sum}`
}
