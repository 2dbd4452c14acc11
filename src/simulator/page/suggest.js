/**
 * What may be typed next in a line that begins with a slash: `line` is what stands before the caret. Gives where the word
 * begins that a suggestion takes the place of, the suggestions, and how the command is written.
 */
export function suggest(line, { commands, people, rooms }) {
  const none = { from: line.length, items: [] }
  const [, slash] = /^(\s*\/)(?!\/)/.exec(line) ?? []
  if (!slash || line.includes('\n')) return none
  const typed = line.slice(slash.length)
  const names = suggestNames(typed, commands, slash.length)
  const [command, name] = findCommand(typed, commands)
  if (!command) return names
  const begins = slash.length + name.length + 1
  const { usage } = command
  const { from, items, option } = suggestOptions(line.slice(begins), command, { people, rooms })
  const about = option?.summary ? `${option.label}: ${option.summary}` : command.summary
  if (names.items.length) return { from: names.from, items: names.items, usage, about }
  return { from: begins + from, items, usage, about }
}

/** Names that begin so, and behind them those of which a later word does. */
function suggestNames(typed, commands, from) {
  const wanted = typed.toLowerCase().replace(/\s+/g, ' ')
  const begins = (text) => text.startsWith(wanted) && text !== wanted
  const rank = ({ name, aliases }) => {
    if (begins(name)) return 0
    if (aliases.some(begins)) return 1
    return !wanted.includes(' ') &&
      wanted &&
      name
        .split(' ')
        .slice(1)
        .some((word) => word.startsWith(wanted))
      ? 2
      : 3
  }
  const found = commands.filter((command) => rank(command) < 3).toSorted((a, b) => rank(a) - rank(b))
  const items = found.map(({ name, aliases, summary }) => {
    const alias = aliases.length ? ` (also ${aliases.map((one) => `/${one}`).join(', ')})` : ''
    return { text: name, shown: `/${name}`, summary: summary + alias }
  })
  return { from, items }
}

/** The command whose name stands at the beginning, whole, and how it was written. */
function findCommand(typed, commands) {
  const line = typed.toLowerCase()
  const all = commands.flatMap((command) => [command.name, ...command.aliases].map((name) => [command, name]))
  const there = all.filter(([, name]) => line.startsWith(`${name} `))
  return there.toSorted(([, a], [, b]) => b.length - a.length)[0] ?? []
}

function suggestOptions(rest, { options }, names) {
  const words = [...rest.matchAll(/"[^"]*"?|'[^']*'?|\S+/g)]
  const last = words.at(-1)
  const isOpen = last && last.index + last[0].length === rest.length
  const word = isOpen ? last[0] : ''
  const from = rest.length - word.length
  const { given, waiting, position } = readWords(
    words.slice(0, isOpen ? -1 : undefined).map(([text]) => text),
    options,
  )
  if (waiting) return { from, items: values(waiting, word, names), option: waiting }
  const [, flag, value] = /^(--?[\w-]+)=(.*)$/.exec(word) ?? []
  if (flag) {
    const option = find(flag, options)
    return { from: from + flag.length + 1, items: option ? values(option, value, names) : [], option }
  }
  const named = options.filter((one) => !one.isPositional && (one.isMany || !given.has(one)))
  if (word.startsWith('-')) return { from, items: flags(named, word) }
  const positionals = options.filter(({ isPositional }) => isPositional)
  const option = positionals[position] ?? positionals.findLast(({ isMany }) => isMany)
  const items = option ? values(option, word, names) : []
  return { from, items: word ? items : [...items, ...flags(named, word)], option }
}

/** What the words before gave, which option waits for its value, and how many stand by their place. */
function readWords(words, options) {
  const given = new Set()
  let waiting
  let position = 0
  for (const word of words) {
    const option = /^-/.test(word) && !waiting ? find(word.split('=')[0], options) : undefined
    if (waiting) waiting = undefined
    else if (option) {
      given.add(option)
      if (option.type !== 'boolean' && !word.includes('=')) waiting = option
    } else if (!word.startsWith('-')) position += 1
  }
  return { given, waiting, position }
}

function find(flag, options) {
  return options.find(({ label, alias }) => label === flag || alias === flag)
}

function flags(options, word) {
  const fits = ({ label, alias }) => label.startsWith(word) || alias === word
  return options.filter(fits).map(({ label, alias, type, summary }) => {
    const takes = type === 'boolean' ? '' : ` <${type}>`
    return { text: label, shown: `${label}${alias ? `, ${alias}` : ''}${takes}`, summary }
  })
}

/** What an option may be, where that can be told. */
function values({ type, choices }, word, { people, rooms }) {
  const bare = word.replace(/^["']/, '').toLowerCase()
  const all = {
    choice: choices.map((text) => ({ text, summary: '' })),
    user: people.map(({ mentionName, name }) => ({ text: `@${mentionName}`, summary: name })),
    room: rooms.map(({ name, topic }) => ({ text: `#${name}`, summary: topic })),
  }
  const fitting = (all[type] ?? []).filter(
    ({ text }) => begins(text.toLowerCase(), bare) && text.toLowerCase() !== bare,
  )
  return fitting.map(({ text, summary }) => ({ text: /\s/.test(text) ? `"${text}"` : text, shown: text, summary }))
}

/** The sign before a person's or a room's name need not be typed. */
function begins(text, word) {
  return text.startsWith(word) || (/^[@#]/.test(text) && text.slice(1).startsWith(word))
}
