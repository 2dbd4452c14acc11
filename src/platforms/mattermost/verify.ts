import { AuthenticationError } from '../../model/errors.js'
import type { Installation } from '../../model/installation.js'
import { safeEqual } from '../../shared/crypto.js'
import { readText } from '../../shared/json.js'
import type { Installations } from '../../stores/installations.js'
import type { WebhookRequest } from '../platform.js'
import type { Buttons } from './buttons.js'
import type { VerifyTriggerId } from './trigger-id.js'
import { actionPath, name, readForm, readId, readPress } from './wire.js'

/** Where proofs are looked up. */
export interface VerifyDeps {
  readonly installations: Installations
  /** Tokens of commands that an admin made by hand. */
  readonly commandTokens: readonly string[]
  readonly proveTrigger: VerifyTriggerId
  /** Undefined without a bot account: then there are no buttons of ours. */
  readonly buttons: Buttons | undefined
}

/** Makes the proof that a request comes from the server: by a command's token, or by a button that only we can make. */
export function createVerify({ installations, commandTokens, proveTrigger, buttons }: VerifyDeps) {
  const proven = new WeakSet<WebhookRequest>()

  async function verifyCommand(request: WebhookRequest): Promise<Installation> {
    const form = readForm(request)
    // The header comes second: where the admin set up an OAuth connection it holds that connection's token instead.
    const token = form?.get('token') || readHeader(request)
    const teamId = readId(form?.get('team_id'))
    if (!form || !token || !teamId) throw new AuthenticationError('no token')
    const installation = await proveToken(token, teamId, readText(form.get('team_domain')))
    await noteTrigger(request, form.get('trigger_id'), form.get('user_id'))
    return installation
  }

  async function noteTrigger(request: WebhookRequest, triggerId: unknown, userId: unknown): Promise<void> {
    if (await proveTrigger(triggerId, userId, request.receivedAt)) proven.add(request)
  }

  /**
   * A token that we registered belongs to one team, so that it proves the team. One made by hand proves only that the
   * server asks: the server does not say which team such a token is of, and its word in the body is all there is.
   */
  async function proveToken(token: string, teamId: string, domain?: string): Promise<Installation> {
    const installation = await installations.find(name, teamId)
    if (installation && isOneOf(token, Object.values(installation.secrets))) return installation
    if (isOneOf(token, commandTokens)) return installation ?? madeByHand(teamId, domain)
    throw new AuthenticationError('unknown token')
  }

  async function verifyAction(request: WebhookRequest): Promise<Installation> {
    if (!buttons) throw new AuthenticationError('no buttons')
    const { context, channel_id, trigger_id, user_id, team_domain } = readPress(request)
    const { teamId } = buttons.open(context, channel_id, request.receivedAt)
    await noteTrigger(request, trigger_id, user_id)
    return (await installations.find(name, teamId)) ?? madeByHand(teamId, readText(team_domain))
  }

  return {
    verify: (request: WebhookRequest): Promise<Installation> =>
      request.path === actionPath ? verifyAction(request) : verifyCommand(request),
    /** Says whether the server signed the request's `trigger_id`, so that its time and its being one alone are proven. */
    proven: (request: WebhookRequest): boolean => proven.has(request),
  }
}

/** `Authorization: Token …` */
function readHeader({ headers: { authorization } }: WebhookRequest): string | undefined {
  return typeof authorization === 'string' ? /^Token\s+(\S+)$/i.exec(authorization)?.[1] : undefined
}

/** Every token is compared, in a time that says nothing about any. */
function isOneOf(token: string, known: readonly string[]): boolean {
  return known.filter((one) => safeEqual(one, token)).length > 0
}

/** A team whose commands we did not register: nothing of it is kept. */
function madeByHand(teamId: string, domain?: string): Installation {
  const tenant = { id: teamId, ...(domain ? { name: domain } : {}) }
  return { id: teamId, platform: name, tenant, details: {}, secrets: {} }
}
