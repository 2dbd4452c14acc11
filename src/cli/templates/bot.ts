import { commandTemplate, testTemplate } from './command.js'
import { compilerConfig, endingOf, type Language } from './language.js'
import { type PlatformTemplate, platformSection, platformTemplates, slackManifest } from './platform-section.js'

/** What a new bot is made from. */
export interface BotTemplateOptions {
  readonly name: string
  /** The names of its platforms. */
  readonly platforms: readonly string[]
  readonly language: Language
  /** The version of slashroom for npm: a range, or `file:…`. */
  readonly slashroom: string
  /** The versions of tools that slashroom itself uses. */
  readonly versions: Readonly<Record<string, string>>
  /** The descriptor that ships with slashroom. */
  readonly descriptor: Readonly<Record<string, unknown>>
}

/** A bot's files by their paths. */
export function botTemplate(options: BotTemplateOptions): Readonly<Record<string, string>> {
  const { name, platforms, language } = options
  const chats = platforms.flatMap((platform) => platformTemplates[platform] ?? [])
  const ending = endingOf(language)
  const [configName, config] = compilerConfig(language)
  return {
    'package.json': json(manifest(options, chats)),
    [configName]: json(config),
    'descriptor.json': json({
      ...options.descriptor,
      key: name,
      name,
      vendor: { name, url: '/' },
      capabilities: withSender(options.descriptor['capabilities'], name),
    }),
    [`commands/hello${ending}`]: commandTemplate('hello'),
    [`test/commands/hello.test${ending}`]: testTemplate('hello', '../../commands/hello.js'),
    'ngrok.yml': ngrok,
    Dockerfile: dockerfile(options),
    '.dockerignore': ignored(['.git', 'node_modules', 'data', '.env', '*.log']),
    '.gitignore': ignored(['node_modules/', 'data/', '.env', '*.log']),
    ...(platforms.includes('slack') ? { 'slack-manifest.yaml': slackManifest(name) } : {}),
    'README.md': readme(options, chats),
  }
}

function manifest({ name, language, slashroom, versions }: BotTemplateOptions, chats: readonly PlatformTemplate[]) {
  const isTyped = language === 'typescript'
  const tools = isTyped ? ['@types/node', 'typescript', 'vitest'] : ['vitest']
  const peers = chats.flatMap(({ peer }) => peer ?? [])
  const range = (name: string) => [name, versions[name] ?? '*']
  return {
    name,
    version: '0.1.0',
    private: true,
    type: 'module',
    engines: { node: '>=20.19' },
    scripts: {
      dev: 'slashroom dev',
      start: 'slashroom start',
      ...(isTyped ? { precheck: 'tsc' } : {}),
      check: 'slashroom check',
      test: 'vitest run',
    },
    dependencies: { slashroom, ...Object.fromEntries(peers.map(range)) },
    devDependencies: Object.fromEntries(tools.map(range)),
    allowScripts: { esbuild: false }, // vitest's: it works without the script, and npm would ask on every installation
  }
}

function withSender(capabilities: unknown, name: string) {
  const all = capabilities as { readonly hipchatApiConsumer?: object } // our own descriptor.json, which a test checks
  return { ...all, hipchatApiConsumer: { ...all.hipchatApiConsumer, fromName: name } }
}

const ngrok = `# For \`npm run dev -- --tunnel\`: one https tunnel to the bot. Set your own token with \`ngrok config add-authtoken …\`
# or the variable NGROK_AUTHTOKEN, not here.
version: 3
endpoints:
  - name: bot
    upstream:
      url: 3000
`

function dockerfile({ slashroom }: BotTemplateOptions): string {
  const packed = slashroom.startsWith('file:') ? ` ${slashroom.slice('file:'.length)}` : ''
  return `FROM node:24-slim
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

function readme({ name, language }: BotTemplateOptions, chats: readonly PlatformTemplate[]): string {
  const ending = endingOf(language)
  return `# ${name}

A chat bot for slash commands, made with Slashroom. Each file in \`commands/\` is a command: \`commands/hello${ending}\` is
\`/hello\`, \`commands/deploy/status${ending}\` would be \`/deploy status\`.

| command | does |
| --- | --- |
| \`npm install\` | installs the dependencies; commit \`package-lock.json\` |
| \`npm run dev\` | starts the bot with hot reload and a room to type in; open the address it prints |
| \`npm test\` | runs the tests in \`test/\` |
| \`npm run check\` | checks ${language === 'typescript' ? 'types, and ' : ''}that every command file loads |
| \`npm start\` | starts the bot in production, on \`PORT\` (3000); it keeps its data in \`data/\` |
| \`npx slashroom new command deploy/status\` | creates another command, with its test |
| \`npx slashroom run '/hello Ada'\` | runs one command line in the terminal |
| \`npx slashroom audit\` | lists who ran what, and how it ended; \`npx slashroom trace <id>\` shows the details of one call |
| \`npx slashroom --help\` | lists everything else |

${chats.map(platformSection).join('\n\n')}

The guide, the reference and the hosting guide are in \`node_modules/slashroom/docs/\`.

## Containers

    docker build -t ${name} .
    docker run -p 3000:3000 -v ${name}-data:/bot/data -e BASE_URL=https://bot.example.com ${name}

Back up \`data/\`: it holds the installations and the key that encrypts them.
`
}

function ignored(lines: readonly string[]): string {
  return `${lines.join('\n')}\n`
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`
}
