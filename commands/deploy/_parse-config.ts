import { resolve } from 'node:path'
import { type Document, isNode, LineCounter, parseDocument } from 'yaml'
import type { Config } from './_config.js'
import type { Step, Target, Who, Work } from './_target.js'
import { list, mapping, type Path, ShapeError, text, time } from './_yaml-shape.js'

/** Parses the text of a `deploy.yaml`; its paths are relative to `folder`. */
export function parseConfig(source: string, folder: string): Config {
  const lines = new LineCounter()
  const document = parseDocument(source, { lineCounter: lines, prettyErrors: false })
  const [broken] = document.errors
  if (broken) return fault(lines.linePos(broken.pos[0]).line, broken.message)
  try {
    return { targets: toTargets(document.toJS(), folder) }
  } catch (error) {
    if (error instanceof ShapeError) return fault(lines.linePos(offset(document, error.path)).line, error.message)
    return fault(undefined, error instanceof Error ? error.message : 'it cannot be read') // an alias without anchor
  }
}

function fault(line: number | undefined, message: string): Config {
  const where = line === undefined ? '' : `, line ${line}`
  return { fault: `deploy.yaml is invalid${where}: ${message.replace(/\.?\s*$/, '')}.` }
}

/** The offset of a path in the text, or of its nearest existing parent. */
function offset(document: Document, path: Path): number {
  for (let length = path.length; length >= 0; length--) {
    const node = length === 0 ? document.contents : document.getIn(path.slice(0, length), true)
    if (isNode(node) && node.range) return node.range[0]
  }
  return 0
}

const name = /^[a-z0-9][a-z0-9._-]{0,31}$/i
const variable = /^[A-Z_][A-Z0-9_]*$/i

function toTargets(value: unknown, folder: string): readonly Target[] {
  const file = mapping(value, [], ['allow', 'targets'])
  const allow = file['allow'] === undefined ? undefined : toWho(file['allow'], ['allow'])
  const targets = list(file['targets'], ['targets'], (item, path) => toTarget(item, path, folder, allow))
  for (const [index, { service, env }] of targets.entries()) {
    const first = targets.findIndex((other) => other.service === service && other.env === env)
    if (first !== index) throw new ShapeError(['targets', index], `${service} on ${env} is listed twice`)
  }
  return targets
}

const targetKeys = ['service', 'env', 'url', 'allow', 'versions', 'version', 'timeout', 'steps', 'rollback']

function toTarget(value: unknown, path: Path, folder: string, allAllow: Target['allow'] | undefined): Target {
  const given = mapping(value, path, targetKeys)
  const steps = (key: string) => list(given[key], [...path, key], (item, at) => toStep(item, at, folder))
  const allow = given['allow'] === undefined ? allAllow : toWho(given['allow'], [...path, 'allow'])
  if (!allow) throw new ShapeError(path, 'say who may deploy, with “allow” here or at the top of the file')
  return {
    service: text(given['service'], [...path, 'service'], name),
    env: text(given['env'], [...path, 'env'], name),
    allow,
    timeoutMs: time(given['timeout'], [...path, 'timeout'], 1_800_000),
    steps: steps('steps'),
    rollback: steps(given['rollback'] === undefined ? 'steps' : 'rollback'),
    ...(given['url'] === undefined ? {} : { url: text(given['url'], [...path, 'url'], /^https?:\/\/\S+$/) }),
    ...(given['version'] === undefined ? {} : { version: text(given['version'], [...path, 'version']) }),
    ...(given['versions'] === undefined ? {} : { versions: toPattern(given['versions'], [...path, 'versions']) }),
  }
}

function toWho(value: unknown, path: Path): 'everyone' | Who {
  if (value === 'everyone') return value
  const keys = ['tenants', 'rooms', 'users', 'roles']
  const given = mapping(value, path, keys)
  if (Object.keys(given).length === 0) throw new ShapeError(path, '“allow” must name somebody, or be: everyone')
  return Object.fromEntries(
    Object.keys(given).map((key) => [key, list(given[key], [...path, key], (item, at) => text(item, at))]),
  )
}

function toPattern(value: unknown, path: Path): RegExp {
  try {
    return new RegExp(`^(?:${text(value, path)})$`)
  } catch (error) {
    if (error instanceof ShapeError) throw error
    throw new ShapeError(path, '“versions” is not a regular expression')
  }
}

function toStep(value: unknown, path: Path, folder: string): Step {
  const given = mapping(value, path, ['name', 'timeout', 'shell', 'cwd', 'pass', 'http'])
  if ((given['shell'] === undefined) === (given['http'] === undefined)) {
    throw new ShapeError(path, 'a step has either “shell” or “http”')
  }
  return {
    name: text(given['name'], [...path, 'name'], /^.{1,60}$/),
    timeoutMs: time(given['timeout'], [...path, 'timeout'], 600_000),
    work: given['shell'] === undefined ? toHttp(given['http'], [...path, 'http']) : toShell(given, path, folder),
  }
}

function toShell(given: Readonly<Record<string, unknown>>, path: Path, folder: string): Work {
  return {
    kind: 'shell',
    script: text(given['shell'], [...path, 'shell']),
    cwd: given['cwd'] === undefined ? folder : resolve(folder, text(given['cwd'], [...path, 'cwd'])),
    pass:
      given['pass'] === undefined ? [] : list(given['pass'], [...path, 'pass'], (item, at) => text(item, at, variable)),
  }
}

const methods = /^(?:GET|POST|PUT|PATCH|DELETE)$/

function toHttp(value: unknown, path: Path): Work {
  const given = mapping(value, path, ['method', 'url', 'headers', 'body', 'expect'])
  const headers = mapping(given['headers'] ?? {}, [...path, 'headers'])
  const method = given['method'] === undefined ? 'POST' : text(given['method'], [...path, 'method'], methods)
  if (method === 'GET' && given['body'] !== undefined)
    throw new ShapeError([...path, 'body'], '“body” is not allowed with GET')
  return {
    kind: 'http',
    method,
    url: text(given['url'], [...path, 'url'], /^(?:https?:\/\/|\$\{env:)\S+$/),
    headers: Object.fromEntries(
      Object.keys(headers).map((key) => [key, text(headers[key], [...path, 'headers', key], /^[^\r\n]+$/)]),
    ),
    body: given['body'],
    expect:
      given['expect'] === undefined ? [] : [given['expect']].flat().map((item) => toStatus(item, [...path, 'expect'])),
  }
}

function toStatus(value: unknown, path: Path): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= 100 && value <= 599) return value
  throw new ShapeError(path, '“expect” must be a status such as 200, or a list of them')
}
