/** A tenant's permission for the bot to post in its rooms, with its secrets. Plain JSON. */
export interface Installation {
  /** Unique within its platform: HipChat's oauthId, Slack's team id or Discord's guild id. */
  readonly id: string
  readonly platform: string
  readonly tenant: { readonly id: string; readonly name?: string }
  /** What the platform needs to post: addresses, room, scopes. Read only by the platform. */
  readonly details: Readonly<Record<string, unknown>>
  /** Secrets like OAuth secrets and tokens, encrypted at rest. Read only by the platform. */
  readonly secrets: Readonly<Record<string, string>>
}
