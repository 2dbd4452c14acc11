/** The grant that lets the bot speak in a tenant's rooms, with its secrets. Plain JSON. */
export interface Installation {
  /** Unique within its platform: HipChat's oauthId, Slack's team id, Discord's guild id. */
  readonly id: string
  readonly platform: string
  readonly tenant: { readonly id: string; readonly name?: string }
  /** What the platform needs to speak: addresses, room, scopes. Opened only by its platform. */
  readonly details: Readonly<Record<string, unknown>>
  /** Secrets, encrypted at rest: the OAuth secret, tokens. Opened only by its platform. */
  readonly secrets: Readonly<Record<string, string>>
}
