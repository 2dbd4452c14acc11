import { isMap, isScalar, isSeq, LineCounter, type Node, parseDocument } from 'yaml'
import { ConfigError } from '../model/errors.js'
import { createPolicy, type Effect, type Policy, type Rule } from './policy.js'

/** Parses a policy. Throws ConfigError with file, line and error. */
export function parsePolicy(text: string, file = 'policy.yaml'): Policy {
  const lines = new LineCounter()
  // In this schema every value is a string: ids keep their digits, and `no` is not a boolean.
  const document = parseDocument(text, { lineCounter: lines, schema: 'failsafe', logLevel: 'error' })
  const fail: Fail = (fault, node) => {
    const at = node?.range ? lines.linePos(node.range[0]).line : 1
    throw new ConfigError(`${file}:${at}: ${fault}`)
  }
  const [broken] = [...document.errors, ...document.warnings]
  if (broken?.code === 'MULTIPLE_DOCS') {
    // Otherwise only the first document's rules would apply.
    throw new ConfigError(
      `${file}:${broken.linePos?.[0].line ?? 1}: a second document begins here: merge it into the first`,
    )
  }
  if (broken) {
    const [reason = ''] = broken.message.split(/ at line \d+/, 1)
    const hint = /[*@#&]/.test(text.slice(broken.pos[0] - 1, broken.pos[1] + 1))
      ? '; what begins with * @ # or & must stand in quotes'
      : ''
    throw new ConfigError(`${file}:${broken.linePos?.[0].line ?? 1}: ${reason}${hint}`)
  }
  if (document.contents === null) return createPolicy([], 'allow', file)
  const { rules, default: otherwise } = fieldsOf(document.contents, ['rules', 'default'], 'it has', fail)
  if (rules && !isSeq<Node>(rules)) fail('rules must be a list, each with a dash in front', rules)
  const read = isSeq<Node>(rules) ? rules.items.map((item) => readRule(item, lines, fail)) : []
  return createPolicy(read, otherwise ? oneOf(otherwise, fail) : 'allow', file)
}

type Fail = (fault: string, node?: Node | null) => never
type Fields = Readonly<Record<string, Node>>

const decisions = ['allow', 'deny', 'approve'] as const
const lists = ['users', 'roles', 'rooms', 'tenants', 'from'] as const

function readRule(node: Node, lines: LineCounter, fail: Fail): Rule {
  const fields = fieldsOf(node, [...decisions, ...lists, 'by', 'reason'], 'a rule has', fail)
  const [decision, ...others] = decisions.filter((one) => fields[one])
  const { by, reason } = fields
  if (decision === undefined || others.length > 0) return fail('a rule has one of allow, deny and approve', node)
  if (by && decision !== 'approve') fail('by is for rules that approve', by)
  if (reason && decision !== 'deny') fail('reason is for rules that deny', reason)
  const conditions = lists.flatMap((name) => (fields[name] ? [[name, textsOf(name, fields[name], fail)] as const] : []))
  return {
    line: node.range ? lines.linePos(node.range[0]).line : 1,
    decision,
    commands: commandsOf(decision, fields, fail),
    ...Object.fromEntries(conditions),
    ...(by ? { by: textsOf('by', by, fail) } : {}),
    ...(reason ? { reason: textsOf('reason', reason, fail).join(' ') } : {}),
  }
}

function commandsOf(decision: Effect, fields: Fields, fail: Fail): readonly string[] {
  return textsOf(decision, fields[decision], fail).map((name) => name.replace(/^\//, '').trim().replace(/\s+/g, ' '))
}

/** A map's values by key. Unknown keys are errors, because a rule without its misspelled condition would match everybody. */
function fieldsOf(node: Node | null, known: readonly string[], whose: string, fail: Fail): Fields {
  if (!isMap<Node, Node | null>(node)) return fail(`${whose} ${known.join(', ')}, each followed by a colon`, node)
  const fields: Record<string, Node> = Object.create(null)
  for (const { key, value } of node.items) {
    const name = isScalar(key) ? String(key.value) : ''
    if (!known.includes(name)) fail(`there is no "${name}": ${whose} ${known.join(', ')}`, key)
    if (value === null) fail(`${name} is empty`, key)
    else fields[name] = value
  }
  return fields
}

/** One text or a list. An empty list would match nobody, and an empty item is often a room after an unquoted `#`. */
function textsOf(name: string, node: Node | undefined, fail: Fail): readonly string[] {
  const items: readonly unknown[] = isSeq(node) ? node.items : [node]
  const texts = items.map((item) => {
    const text = isScalar(item) ? String(item.value ?? '').trim() : ''
    if (text === '') fail(`${name} must be a string or a list of strings; #name must stand in quotes`, node)
    if (name === 'users' && text.startsWith('@')) fail(`list users by id, because names can be changed: ${text}`, node)
    return text
  })
  return texts.length > 0 ? texts : fail(`${name} is empty`, node)
}

function oneOf(node: Node, fail: Fail): 'allow' | 'deny' {
  const value = isScalar(node) ? node.value : undefined
  return value === 'allow' || value === 'deny' ? value : fail('default must be allow or deny', node)
}
