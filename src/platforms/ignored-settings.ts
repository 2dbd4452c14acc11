/** A platform's setting that has no effect, because the one that turns the platform on is missing. */
export interface IgnoredSetting {
  readonly setting: string
  readonly missing: string
}

/** The settings that have no effect. Slack, Telegram and Teams refuse to start with such settings. */
export function ignoredSettings(env: Readonly<Record<string, string | undefined>>): readonly IgnoredSetting[] {
  return Object.entries(dependents)
    .filter(([missing]) => !env[missing]?.trim())
    .flatMap(([missing, settings]) =>
      settings.filter((setting) => env[setting]?.trim()).map((setting) => ({ setting, missing })),
    )
}

/** By the setting that turns a platform on. */
const dependents: Readonly<Record<string, readonly string[]>> = {
  MATTERMOST_URL: ['MATTERMOST_BOT_TOKEN', 'MATTERMOST_COMMAND_TOKENS'],
  DISCORD_PUBLIC_KEY: ['DISCORD_APPLICATION_ID', 'DISCORD_BOT_TOKEN'],
  XMPP_JID: ['XMPP_PASSWORD', 'XMPP_ROOMS', 'XMPP_NICK', 'XMPP_SERVICE', 'XMPP_TLS_FINGERPRINT', 'XMPP_ALLOW_PLAIN'],
  IRC_URL: ['IRC_CHANNELS', 'IRC_NICK', 'IRC_ACCOUNT', 'IRC_PASSWORD', 'IRC_TLS_FINGERPRINT', 'IRC_ALLOW_PLAIN'],
}
