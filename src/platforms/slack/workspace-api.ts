import { reasonOf } from '../../delivery/retry-rule.js'
import type { Installation } from '../../model/installation.js'
import type { BotTokens } from './app/bot-tokens.js'
import { staleToken } from './retry-exceptions.js'
import { callMethod, type MethodCall, type WebApiDeps } from './web-api.js'

/** Calls the Web API with an installation's bot token. Throws DeliveryError. */
export type WorkspaceApi = (
  installation: Installation,
  method: string,
  args: MethodCall['args'],
  options?: Pick<MethodCall, 'form'>,
) => Promise<Readonly<Record<string, unknown>>>

/** Creates the client; it renews an expired token and repeats the call. */
export function createWorkspaceApi(deps: WebApiDeps, tokens: BotTokens): WorkspaceApi {
  return async (installation, method, args, options = {}) => {
    const call = async (by: string) => (await callMethod(deps, method, { by, args, ...options })).answer
    const token = await tokens.of(installation)
    try {
      return await call(token)
    } catch (error) {
      const fresh = reasonOf(error) === staleToken ? await tokens.renew(installation) : undefined
      if (!fresh) throw error
      return await call(fresh)
    }
  }
}
