import { execFile } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it, onTestFinished } from 'vitest'
import { subcommands } from '../src/cli/subcommands.js'
import { botTemplate } from '../src/cli/templates/bot.js'
import { readConfig } from '../src/config.js'
import { command } from '../src/model/command.js'
import { say } from '../src/model/reply.js'
import { compileOptions } from '../src/parsing/compile-options.js'
import { testRoom } from '../src/testing/test-room.js'

const pages = ['README.md', ...readdirSync('docs').map((name) => join('docs', name))].filter((path) =>
  path.endsWith('.md'),
)
const text = new Map(pages.map((path) => [path, readFileSync(path, 'utf8')]))
const page = (path: string) => text.get(path) ?? ''
const reference = page('docs/reference.md')

describe('what the pages show', () => {
  it('compiles, all of it, in strict mode', async () => {
    const folder = await unpacked()
    const { failed, said } = await runNode(folder, 'typescript', 'bin/tsc', ['-p', folder])
    expect(said).toBe('')
    expect(failed).toBe(false)
  })

  it('runs scripts and subcommands that there are', () => {
    const scripts = new Set([
      ...Object.keys(scriptsOf(readFileSync('package.json', 'utf8'))),
      ...Object.keys(newScripts()),
    ])
    const unknown = shellLines().filter(({ line }) => {
      const [, script] = /\bnpm (?:run )?(?!install|ci|pack|exec|create)([\w:]+)/.exec(line) ?? []
      return script !== undefined && !scripts.has(script)
    })
    expect(unknown).toEqual([])
    const calls = shellLines().flatMap(({ line }) =>
      [...line.matchAll(/(?<!npm create )\bslashroom (?:-- )?(\w+)/g)].map(([, name]) => name),
    )
    expect(calls.length).toBeGreaterThan(5)
    expect(calls.filter((name) => !Object.hasOwn(subcommands, name ?? ''))).toEqual([])
  })

  it('names the package as `npm pack` does', () => {
    const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { readonly version: string }
    const named = pages.flatMap((path) =>
      [...page(path).matchAll(/slashroom-([\d.]+)\.tgz/g)].map(([, found]) => found),
    )
    expect(new Set(named)).toEqual(new Set([version]))
  })

  it('leads to files that are in the package, too', async () => {
    const { stdout } = await promisify(execFile)('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'])
    const [packed] = JSON.parse(stdout) as readonly { readonly files: readonly { readonly path: string }[] }[]
    const paths = packed?.files.map(({ path }) => path) ?? []
    const isPacked = (target: string) => paths.some((path) => path === target || path.startsWith(join(target, '/')))
    const missing = pages.flatMap((path) =>
      linksOf(path)
        .filter((link) => !link.startsWith('#') && !isPacked(join(dirname(path), link.replace(/#.*/, ''))))
        .map((link) => `${path}: ${link}`),
    )
    expect(missing).toEqual([])
  })

  it('is wrapped at 100 columns, and keeps the cells of tables short', () => {
    const lines = pages.flatMap((path) =>
      proseOf(path)
        .split('\n')
        .map((line) => ({ path, line })),
    )
    const prose = lines.filter(({ line }) => !/^\s*\||^ {4}|^!\[/.test(line))
    expect(prose.filter(({ line }) => line.length > 100 && line.trimStart().lastIndexOf(' ', 100) > 1)).toEqual([])
    const rows = lines.filter(({ line }) => /^\s*\|/.test(line))
    expect(rows.filter(({ line }) => line.split(' | ').some((cell) => cell.length > 260))).toEqual([])
  })

  it('leads to pages, headings and files that there are', () => {
    const broken = pages.flatMap((path) =>
      linksOf(path)
        .filter((link) => !leadsSomewhere(path, link))
        .map((link) => `${path}: ${link}`),
    )
    expect(broken).toEqual([])
  })

  it('passes, where it is a test', async () => {
    const folder = await unpacked()
    const alias = {
      'slashroom/testing/platform': resolve('src/testing/platform-contract.ts'),
      'slashroom/notify': resolve('src/notify/direct/notify.ts'),
      'slashroom/hooks': resolve('src/hooks/index.ts'),
      'slashroom/simulator': resolve('src/simulator/hipchat.ts'),
      'slashroom/testing': resolve('src/testing/test-room.ts'),
      slashroom: resolve('src/index.ts'),
    }
    await writeFile(
      join(folder, 'vitest.config.mjs'),
      `export default ${JSON.stringify({ resolve: { alias }, test: { testTimeout: 300_000 } })}`,
    )
    const { failed, said } = await runNode(folder, 'vitest', 'vitest.mjs', ['run', '--reporter=verbose'])
    expect(failed, said).toBe(false)
    expect(said).toContain('requires at least two places')
    expect(said).toContain('answers once a minute')
  })

  it('is what the bot says to a slip in the guide', async () => {
    const room = testRoom(join(await unpacked(), 'docs/guide.md/commands'))
    const { line, answer } = slip('docs/guide.md', 'Type\\s`(/lunch [^`]*)`:')
    expect(await room.type(line)).toMatchObject([{ text: answer }])
  })

  it('is what the bot says to a slip in an option', async () => {
    const deploy = command({
      summary: 'Deploys',
      options: {
        service: { type: 'string', positional: true },
        env: { type: 'choice', choices: ['staging', 'prod'], alias: 'e' },
      },
      run: ({ options }) => `${options.service} ${options.env}`,
    })
    const room = testRoom({ deploy })
    const { line, answer } = slip('docs/commands.md', 'usage line:\n\n {4}(/deploy .*)')
    expect(await room.type(line)).toMatchObject([{ text: answer }])
    const [ways = ''] = /(?: {4}\/deploy .*\n)+/.exec(page('docs/commands.md')) ?? []
    for (const way of ways.trim().split('\n')) expect(await room.type(way), way).toEqual([say('api prod')])
  })
})

describe('the reference', () => {
  it('has every setting, with its default, and no other', () => {
    const documented = rowsOf('Settings').map(([name = '']) => name)
    expect(documented.toSorted()).toEqual([...settings(), 'DEPLOY_FILE'].toSorted())
    const own = readConfig({})
    const defaults = {
      PORT: own.port,
      HOST: own.host,
      COMMANDS_DIR: own.commandsDir,
      STORE_URL: own.storeUrl,
      LOG_LEVEL: own.logLevel,
      LOG_FORMAT: own.logFormat,
      WORKERS: own.workers,
      SHUTDOWN_SECONDS: own.shutdownSeconds,
      AUDIT_DAYS: own.auditDays,
      ANSWER_IN_ACK_MS: own.answerInAckMs,
      MAX_RUNNING_PER_PERSON: own.maxRunningPerPerson,
      MAX_RUNNING_PER_COMMAND: own.maxRunningPerCommand,
      MAX_RUNNING_PER_TENANT: own.maxRunningPerTenant,
      MAX_WAITING_PER_PERSON: own.maxWaitingPerPerson,
      MAX_WAITING_PER_TENANT: own.maxWaitingPerTenant,
      REGISTER: own.register,
    }
    for (const [name, value] of Object.entries(defaults)) {
      expect(rowsOf('Settings').find(([first]) => first === name)?.[1], name).toBe(String(value))
    }
  })

  it('has every setting that the README names', () => {
    const named = [...page('README.md').matchAll(/^\| ((?:`[A-Z_]+`(?:, )?)+) \|/gm)].flatMap(([, cell = '']) =>
      codes(cell),
    )
    expect(named.length).toBeGreaterThan(10)
    expect(named.filter((name) => !settings().has(name))).toEqual([])
  })

  it('has every part of a command, and every part of an option', () => {
    const model = readFileSync('src/model/command.ts', 'utf8')
    expect(
      rowsOf('Command definition')
        .map(([name = '']) => name)
        .toSorted(),
    ).toEqual([...membersOf(model, 'CommandParts'), ...membersOf(model, 'Command')].toSorted())
    const options = readFileSync('src/model/option.ts', 'utf8')
    const parts = ['OptionCommon', 'StringOption', 'ChoiceOption'].flatMap((name) => membersOf(options, name))
    const commandsPage = page('docs/commands.md')
    for (const part of new Set([...parts, ...optionTypes()])) {
      expect(section('Command definition'), part).toContain(`\`${part}\``)
      expect(commandsPage, part).toContain(`\`${part}\``)
    }
  })

  it('has every subcommand with its options', async () => {
    const table = section('Command line')
    for (const [name, load] of Object.entries(subcommands)) {
      const { options = {} } = await load()
      expect(table).toMatch(new RegExp(`^\\| \`${name}\\b`, 'm'))
      for (const option of Object.keys(options)) expect(table, `${name} ${option}`).toContain(option)
    }
  })

  it('has every metric', () => {
    const source = readFileSync('src/server/metrics.ts', 'utf8')
    const names = [...source.matchAll(/'(slashroom_\w+)'/g)].map(([, name = '']) => name)
    expect(
      rowsOf('Metrics')
        .map(([name = '']) => name)
        .toSorted(),
    ).toEqual([...new Set(names)].toSorted())
  })

  it('has every address', () => {
    const table = section('Endpoints')
    const missing = addresses().filter((address) => !table.includes(` ${address}\``))
    expect(addresses().length).toBeGreaterThan(12)
    expect(missing).toEqual([])
  })

  it('has every outcome', () => {
    const [, union = ''] =
      /export type Outcome =\n((?: {2}\| .*\n)+)/.exec(readFileSync('src/model/reply.ts', 'utf8')) ?? []
    const outcomes = [...union.matchAll(/'(\w+)'/g)].map(([, name = '']) => name)
    expect(outcomes.length).toBeGreaterThan(5)
    for (const outcome of outcomes) expect(section('Command line')).toContain(`\`${outcome}\``)
  })
})

describe('the page on the library', () => {
  it('names every option of a bot, and all that it can do', () => {
    const bot = readFileSync('src/bot.ts', 'utf8')
    const config = membersOf(readFileSync('src/config.ts', 'utf8'), 'Config')
    const named = new Set(codes(proseOf('docs/library.md')).flatMap((code) => code.split(/[\s(]/)))
    expect(config.length).toBeGreaterThan(10)
    for (const member of [...config, ...membersOf(bot, 'BotOptions'), ...membersOf(bot, 'Bot')])
      expect(named, member).toContain(member)
    const [settings = ''] = codes(proseOf('docs/library.md')).filter((code) => code.startsWith('port '))
    expect(settings.split(/\s/).filter((name) => !config.includes(name))).toEqual([])
  })
})

/** The fenced blocks of a language; one that a line with its path stands before has that name. */
function blocksOf(path: string, language: string): readonly { readonly name: string; readonly code: string }[] {
  const fence = new RegExp(`(?:^\`([\\w./-]+)\`\\n\\n)?^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, 'gm')
  return [...page(path).matchAll(fence)].map(([, name, code = ''], index) => ({
    name: name ?? `block-${index + 1}${code.includes("'vitest'") ? '.test' : ''}.ts`,
    code,
  }))
}

/** All TypeScript of the pages, as files in a folder for this test alone, ready to be compiled. */
async function unpacked(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'slashroom-docs-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  const files = pages.flatMap((path) =>
    blocksOf(path, 'ts').map(({ code, name }) => [join(folder, path, name), code] as const),
  )
  expect(files.length).toBeGreaterThan(20)
  for (const [file, code] of files) {
    await mkdir(dirname(file), { recursive: true })
    await writeFile(file, code)
  }
  await symlink(resolve('node_modules'), join(folder, 'node_modules'))
  await writeFile(join(folder, 'package.json'), '{ "type": "module" }')
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(compiler(files.map(([file]) => file))))
  return folder
}

function shellLines() {
  return pages.flatMap((path) =>
    blocksOf(path, 'sh').flatMap(({ code }) => code.split('\n').map((line) => ({ path, line }))),
  )
}

function compiler(files: readonly string[]) {
  return {
    extends: resolve('tsconfig.json'),
    compilerOptions: {
      typeRoots: [resolve('node_modules/@types')],
      paths: {
        slashroom: [resolve('src/index.ts')],
        'slashroom/notify': [resolve('src/notify/direct/notify.ts')],
        'slashroom/hooks': [resolve('src/hooks/index.ts')],
        'slashroom/simulator': [resolve('src/simulator/hipchat.ts')],
        'slashroom/testing': [resolve('src/testing/test-room.ts')],
        'slashroom/testing/platform': [resolve('src/testing/platform-contract.ts')],
      },
    },
    include: [],
    files,
  }
}

/** Runs a package's program in a folder. */
async function runNode(cwd: string, name: string, bin: string, args: readonly string[]) {
  const program = join(dirname(createRequire(import.meta.url).resolve(`${name}/package.json`)), bin)
  const env = { ...process.env, NO_COLOR: '1', FORCE_COLOR: undefined, VITEST: undefined }
  return await promisify(execFile)(process.execPath, [program, ...args], { cwd, env }).then(
    ({ stdout }) => ({ failed: false, said: stdout }),
    (error: Error & { readonly stdout?: string; readonly stderr?: string }) => ({
      failed: true,
      said: `${error.stdout}${error.stderr}`,
    }),
  )
}

/** A line that a page shows, and what it says that the bot answers. */
function slip(path: string, before: string) {
  const [, line = '', answer = ''] = new RegExp(`${before}\\n+((?: {4}.*\\n)+)`).exec(page(path)) ?? []
  return { line, answer: answer.replace(/^ {4}/gm, '').trim() }
}

function linksOf(path: string): readonly string[] {
  return [...proseOf(path).matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, link = '']) => link)
    .filter((link) => !/^https?:/.test(link))
}

/** A page without what its code blocks show. */
function proseOf(path: string): string {
  return page(path).replace(/^```[\s\S]*?^```$/gm, '')
}

function leadsSomewhere(path: string, link: string): boolean {
  const [file = '', anchor] = link.split('#')
  const target = file === '' ? path : join(dirname(path), file)
  if (!existsSync(target)) return false
  return anchor === undefined || headings(page(target)).includes(anchor)
}

/** As GitHub makes anchors of them. */
function headings(markdown: string): readonly string[] {
  return [...markdown.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  )
}

function section(heading: string): string {
  return reference.split(/^## /m).find((part) => part.startsWith(`${heading}\n`)) ?? ''
}

/** The rows of a section's first table, or of all its tables with that first column: code cells without their ticks. */
function rowsOf(heading: string): readonly (readonly string[])[] {
  const tables = [...section(heading).matchAll(/(?:^\|.*\n)+/gm)].map(([table]) => table.trim().split('\n'))
  const [first] = tables[0]?.[0]?.split(' | ') ?? []
  const rows = tables.filter(([head]) => head?.split(' | ')[0] === first).flatMap(([, , ...body]) => body)
  return rows.map((row) => row.split(' | ').map((cell) => codes(cell)[0] ?? cell))
}

function codes(cell: string): readonly string[] {
  return [...cell.matchAll(/`([^`]+)`/g)].map(([, code = '']) => code)
}

/** Every name that the code reads from the environment that it is given. */
function settings(): ReadonlySet<string> {
  const names = new Set<string>()
  readConfig(new Proxy<Record<string, string | undefined>>({}, { get: (_, name) => void names.add(String(name)) }))
  for (const file of sources('src/platforms')) {
    const found = readFileSync(file, 'utf8').matchAll(/(?:env\[|\bread\w*\()'([A-Z][A-Z_]+)'/g)
    for (const [, name = ''] of found) names.add(name)
  }
  return names
}

/** Every path that the server and the platforms answer. */
function addresses(): readonly string[] {
  return [...sources('src/platforms'), ...sources('src/server')].flatMap((file) => {
    const source = readFileSync(file, 'utf8')
    const routes = [...source.matchAll(/router\.\w+\(\s*'(\/[^']+)'/g)].map(([, path = '']) => path)
    const [, doors = ''] = /webhooks: \[([^\]]*)\]/.exec(source) ?? []
    const [, platform = ''] = /platforms\/(\w+)\//.exec(file) ?? []
    return [...routes, ...[...doors.matchAll(/'([^']+)'/g)].map(([, door = '']) => `/${platform}${door}`)]
  })
}

function sources(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => join(folder, name).replaceAll('\\', '/'))
}

function membersOf(source: string, name: string): readonly string[] {
  const [, body = ''] = new RegExp(`interface ${name}\\b[^{]*\\{\\n([\\s\\S]*?)\\n\\}`).exec(source) ?? []
  return [...body.matchAll(/^ {2}(?:readonly )?(\w+)\??[:(]/gm)].map(([, member = '']) => member)
}

/** As the framework names them to whoever misspells one. */
function optionTypes(): readonly string[] {
  try {
    compileOptions({ odd: { type: 'odd' as 'string' } })
    return []
  } catch (error) {
    return String(error).split(' is not one of ')[1]?.split(', ') ?? []
  }
}

function scriptsOf(manifest: string): Readonly<Record<string, string>> {
  const { scripts } = JSON.parse(manifest) as { readonly scripts: Readonly<Record<string, string>> } // a file of ours
  return scripts
}

function newScripts() {
  const choices = { platforms: ['hipchat'], language: 'typescript' } as const
  const parts = { name: 'bot', ...choices, slashroom: '*', versions: {}, descriptor: { capabilities: {} } }
  return scriptsOf(botTemplate(parts)['package.json'] ?? '{}')
}
