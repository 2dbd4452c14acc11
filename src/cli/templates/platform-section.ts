/** A chat service for a new bot. */
export interface PlatformTemplate {
  readonly title: string
  /** True if the service must be able to reach the bot. */
  readonly needsAddress?: boolean
  /** Steps to set up the service, in order. */
  readonly steps: readonly string[]
  /** Its settings, with sample values. */
  readonly settings: Readonly<Record<string, string>>
  /** A sample line to type. */
  readonly typed: string
  /** Packages to install besides slashroom. */
  readonly peer?: string
  /** The documentation page. */
  readonly guide: string
}

/** The chat services by platform name; HipChat comes first because it needs no settings. */
export const platformTemplates: Readonly<Record<string, PlatformTemplate>> = {
  hipchat: {
    title: 'HipChat',
    needsAddress: true,
    steps: [
      '`npm run dev -- --tunnel` opens an [ngrok](https://ngrok.com/download) tunnel and prints the descriptor URL to install from. In ' +
        'production, set `BASE_URL` to the bot’s public https address, and install from `BASE_URL/descriptor.json`.',
      '`descriptor.json` holds the bot’s name and key; choose them before the first installation.',
    ],
    settings: {},
    typed: '/hello',
    guide: 'guide.md',
  },
  slack: {
    title: 'Slack',
    steps: [
      '<https://api.slack.com/apps>, **Create New App**, **From a manifest**: paste `slack-manifest.yaml`. It uses Socket Mode: the bot connects to ' +
        'Slack and needs no public address. Each new first word in `commands/` needs an entry; `npx slashroom register` prints the complete manifest.',
      '**Basic Information → App-Level Tokens → Generate**, scope `connections:write`: the token is `SLACK_APP_TOKEN`.',
      '**Install to Workspace**; **OAuth & Permissions** then shows `SLACK_BOT_TOKEN`.',
    ],
    settings: { SLACK_APP_TOKEN: 'xapp-…', SLACK_BOT_TOKEN: 'xoxb-…' },
    typed: '/hello',
    guide: 'slack.md',
  },
  mattermost: {
    title: 'Mattermost',
    steps: [
      '**System Console → Integrations → Bot Accounts**: turn them on. **Integrations → Bot Accounts → Add Bot Account** shows the token.',
      'Add the bot to a team, and invite it to a channel. The bot connects to the server. For slash commands, the server must also be able to reach the bot.',
    ],
    settings: { MATTERMOST_URL: 'https://chat.example.com', MATTERMOST_BOT_TOKEN: '…' },
    typed: '!hello',
    guide: 'mattermost.md',
  },
  discord: {
    title: 'Discord',
    needsAddress: true,
    steps: ['<https://discord.com/developers/applications>, **New Application**; then follow the guide.'],
    settings: { DISCORD_PUBLIC_KEY: '…', DISCORD_APPLICATION_ID: '…', DISCORD_BOT_TOKEN: '…' },
    typed: '/hello',
    guide: 'discord.md',
  },
  telegram: {
    title: 'Telegram',
    steps: ['Write `/newbot` to [@BotFather](https://t.me/BotFather): it replies with the token.'],
    settings: { TELEGRAM_BOT_TOKEN: '123456:…' },
    typed: '/hello',
    guide: 'telegram.md',
  },
  teams: {
    title: 'Microsoft Teams',
    needsAddress: true,
    steps: ['Register the bot with Azure, as described in the guide.'],
    settings: { TEAMS_APP_ID: '…', TEAMS_APP_PASSWORD: '…', TEAMS_TENANT_ID: '…' },
    typed: '@bot hello',
    guide: 'teams.md',
  },
  xmpp: {
    title: 'XMPP',
    steps: ['Create an account for the bot on your server.'],
    settings: {
      XMPP_JID: 'bot@example.com',
      XMPP_PASSWORD: '…',
      XMPP_ROOMS: 'ops@rooms.example.com',
    },
    typed: '!hello',
    peer: '@xmpp/client',
    guide: 'xmpp.md',
  },
  irc: {
    title: 'IRC',
    steps: ['Choose a nick, and register it if the network has accounts.'],
    settings: { IRC_URL: 'ircs://irc.example.com:6697', IRC_NICK: 'slashroom', IRC_CHANNELS: '#ops' },
    typed: '!hello',
    guide: 'irc.md',
  },
}

/** The section of a new bot's README about its chat service. */
export function platformSection({ title, needsAddress, steps, settings, typed, guide }: PlatformTemplate): string {
  const address = needsAddress ? { BASE_URL: 'https://bot.example.com' } : {}
  const lines = Object.entries({ ...settings, ...address }).map(([name, value]) => `    ${name}='${value}'`)
  const start = `Then \`npm start\`, and type \`${typed}\`.`
  return [
    `## Connect it to ${title}`,
    ...steps.map((step, at) => `${at + 1}. ${step}`),
    ...(Object.keys(settings).length > 0
      ? ['Put the settings into a file `.env`, which git ignores:', lines.join('\n'), start]
      : []),
    `More: \`node_modules/slashroom/docs/${guide}\`.`,
  ].join('\n\n')
}

/** A Slack app manifest with the new bot's single command. */
export function slackManifest(name: string): string {
  return `# For https://api.slack.com/apps: Create New App, From a manifest. \`npx slashroom register\` prints it with all commands.
display_information:
  name: ${name}
features:
  bot_user:
    display_name: ${name}
  slash_commands:
    - command: /hello
      description: Says hello
      should_escape: true
oauth_config:
  scopes:
    bot: [commands, chat:write, files:write, app_mentions:read, channels:read, groups:read]
settings:
  interactivity:
    is_enabled: true
  event_subscriptions:
    bot_events: [app_mention, app_uninstalled, tokens_revoked]
  socket_mode_enabled: true
`
}
