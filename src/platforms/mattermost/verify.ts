import { AuthenticationError } from '../../model/errors.js'
import type { Installation } from '../../model/installation.js'
import { safeEqual } from '../../shared/crypto.js'
import type { PlatformDeps, Verified, WebhookRequest } from '../platform.js'
import type { Buttons } from './buttons.js'
import type { VerifyTriggerId } from './verify-trigger-id.js'
import { actionPath, name, type Payload, readCommand, readPress } from './wire.js'

/** What verifying needs. */
export interface VerifyDeps extends Pick<PlatformDeps, 'installations'> {
  /** Tokens of commands that an admin created by hand. */
  readonly commandTokens: readonly string[]
  readonly verifyTriggerId: VerifyTriggerId
  /** Undefined without a bot account: then there are no buttons. */
  readonly buttons: Buttons | undefined
}

/** Creates the check that a request comes from the server: by a command's token, or by a signed button. */
export function createVerify({ installations, commandTokens, verifyTriggerId, buttons }: VerifyDeps) {
  return (request: WebhookRequest): Promise<Verified<Payload>> =>
    request.path === actionPath ? verifyAction(request) : verifyCommand(request)

  async function verifyCommand(request: WebhookRequest): Promise<Verified<Payload>> {
    const { receivedAt } = request
    const command = readCommand(request)
    // The header comes second, because with an OAuth connection it contains that connection's token.
    const token = command && (command.token ?? readHeader(request))
    if (!token || !command.team_id) throw new AuthenticationError('no token')
    const installation = await proveToken(token, command.team_id, command.team_domain)
    const trigger = await verifyTriggerId(command, receivedAt)
    return { installation, payload: { door: 'command', command, trigger }, receivedAt }
  }

  /**
   * A token that the bot registered belongs to one team, so it proves the team. One created by hand proves only that the server
   * sent the request; its team is taken from the body.
   */
  async function proveToken(token: string, teamId: string, domain?: string): Promise<Installation> {
    const installation = await installations.find(name, teamId)
    if (installation && isOneOf(token, Object.values(installation.secrets))) return installation
    if (isOneOf(token, commandTokens)) return installation ?? madeByHand(teamId, domain)
    throw new AuthenticationError('unknown token')
  }

  async function verifyAction({ body, receivedAt }: WebhookRequest): Promise<Verified<Payload>> {
    if (!buttons) throw new AuthenticationError('no buttons')
    const press = readPress(body)
    const button = buttons.open(press, receivedAt)
    const trigger = await verifyTriggerId(press, receivedAt)
    const installation = (await installations.find(name, button.teamId)) ?? madeByHand(button.teamId, press.team_domain)
    return { installation, payload: { door: 'action', press, button, trigger }, receivedAt }
  }
}

/** `Authorization: Token …` */
function readHeader({ headers: { authorization } }: WebhookRequest): string | undefined {
  return typeof authorization === 'string' ? /^Token\s+(\S+)$/i.exec(authorization)?.[1] : undefined
}

/** Compares all tokens in constant time. */
function isOneOf(token: string, known: readonly string[]): boolean {
  return known.filter((one) => safeEqual(one, token)).length > 0
}

/** A team whose commands the bot did not register; it is not stored. */
function madeByHand(teamId: string, domain?: string): Installation {
  const tenant = { id: teamId, ...(domain ? { name: domain } : {}) }
  return { id: teamId, platform: name, tenant, details: {}, secrets: {} }
}
