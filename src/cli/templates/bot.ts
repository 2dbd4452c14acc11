import { commandTemplate, testTemplate } from './command.js'

/** What a new bot is made from. */
export interface BotTemplateOptions {
  readonly name: string
  /** Where npm gets slashroom: a range, or `file:…`. */
  readonly slashroom: string
  /** The versions of tools that slashroom itself is built with. */
  readonly versions: Readonly<Record<string, string>>
  /** The descriptor that ships with slashroom. */
  readonly descriptor: Readonly<Record<string, unknown>>
}

/** A bot's files by their paths. */
export function botTemplate(options: BotTemplateOptions): Readonly<Record<string, string>> {
  const { name } = options
  return {
    'package.json': json(manifest(options)),
    'tsconfig.json': json(tsconfig),
    'descriptor.json': json({
      ...options.descriptor,
      key: name,
      name,
      vendor: { name, url: '/' },
      capabilities: withSender(options.descriptor['capabilities'], name),
    }),
    'commands/hello.ts': commandTemplate('hello'),
    'test/commands/hello.test.ts': testTemplate('hello', '../../commands/hello.js'),
    'ngrok.yml': ngrok,
    Dockerfile: dockerfile(options),
    '.dockerignore': ignored(['.git', 'node_modules', 'data', '.env', '*.log']),
    '.gitignore': ignored(['node_modules/', 'data/', '.env', '*.log']),
    'README.md': readme(name),
  }
}

function manifest({ name, slashroom, versions }: BotTemplateOptions) {
  const tools = ['@types/node', 'typescript', 'vitest'].map((tool) => [tool, versions[tool] ?? '*'])
  return {
    name,
    version: '0.1.0',
    private: true,
    type: 'module',
    engines: { node: '>=20.19' },
    scripts: { dev: 'slashroom dev', start: 'slashroom start', check: 'tsc && slashroom check', test: 'vitest run' },
    dependencies: { slashroom },
    devDependencies: Object.fromEntries(tools),
  }
}

const tsconfig = {
  compilerOptions: {
    target: 'ES2023',
    module: 'NodeNext',
    strict: true,
    noUncheckedIndexedAccess: true,
    verbatimModuleSyntax: true,
    skipLibCheck: true,
    noEmit: true,
    types: ['node'],
  },
  include: ['commands', 'test'],
}

function withSender(capabilities: unknown, name: string) {
  const all = capabilities as { readonly hipchatApiConsumer?: object } // our own descriptor.json, which a test reads
  return { ...all, hipchatApiConsumer: { ...all.hipchatApiConsumer, fromName: name } }
}

const ngrok = `# For \`npm run dev -- --tunnel\`: one https tunnel to the bot. Your own token comes from \`ngrok config add-authtoken …\`,
# or from the variable NGROK_AUTHTOKEN; it does not belong here.
version: 3
endpoints:
  - name: bot
    upstream:
      url: 3000
`

function dockerfile({ slashroom }: BotTemplateOptions): string {
  const packed = slashroom.startsWith('file:') ? ` ${slashroom.slice('file:'.length)}` : ''
  return `FROM node:22-slim
ENV NODE_ENV=production
WORKDIR /bot
COPY package*.json${packed} ./
RUN npm install
COPY . .
RUN mkdir -p data && chown node:node data
USER node
VOLUME /bot/data
EXPOSE 3000
HEALTHCHECK CMD ["node", "-e", "fetch('http://127.0.0.1:' + (process.env.PORT || 3000) + '/healthz').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
CMD ["node_modules/.bin/slashroom", "start"]
`
}

function readme(name: string): string {
  return `# ${name}

A chat bot for slash commands, made with slashroom. A file in \`commands/\` is a command: \`commands/hello.ts\` is
\`/hello\`, \`commands/deploy/status.ts\` would be \`/deploy status\`.

| command | does |
| --- | --- |
| \`npm install\` | installs what it needs; keep \`package-lock.json\` in git |
| \`npm run dev\` | the bot, reloaded as you save, and a room to type in: open the address that it prints |
| \`npm test\` | the tests in \`test/\` |
| \`npm run check\` | types, and whether every command file loads |
| \`npm start\` | production, on \`PORT\` (3000); keeps what must last in \`data/\` |
| \`npx slashroom new command deploy/status\` | one more command, with its test |
| \`npx slashroom run '/hello Ada'\` | one line, in the terminal as in a room |
| \`npx slashroom audit\` | who ran what, and how it ended; \`npx slashroom trace <id>\` tells more about one |
| \`npx slashroom --help\` | all the rest |

## Into a HipChat room

\`npm run dev -- --tunnel\` opens an [ngrok](https://ngrok.com/download) tunnel and prints the address to install from. In
production, set \`BASE_URL\` to the https address that the outside reaches the bot by, and install from
\`BASE_URL/descriptor.json\`. \`descriptor.json\` holds the bot's name and key; choose them before the first installation.

The guide, the reference of commands and settings, and what hosting takes are in \`node_modules/slashroom/docs/\`.

## In a container

    docker build -t ${name} .
    docker run -p 3000:3000 -v ${name}-data:/bot/data -e BASE_URL=https://bot.example.com ${name}

Back up \`data/\`: the installations are in it, and the key that they are encrypted with.
`
}

function ignored(lines: readonly string[]): string {
  return `${lines.join('\n')}\n`
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`
}
