import { messageOf } from '../../shared/error-details.js'
import { randomToken } from '../../shared/random-token.js'
import { isHttpUrl } from '../../shared/url.js'
import { InstallError } from '../errors.js'
import { type AddonRequestOptions, type AddonResponse, requestAddon } from './addon-request.js'
import type { Clients } from './clients.js'
import type { World } from './group.js'
import type { Client } from './state.js'

/** What installing needs. */
export interface AddonsDeps {
  readonly world: World
  readonly clients: Clients
  /** The server's address, without a trailing slash. */
  readonly base: () => string
  readonly timeoutMs: number
  /** Saves changes immediately. */
  readonly flush: () => void
  /** Called when an add-on was removed, before its server is notified. */
  readonly removed?: () => void
}

/** The browser's visits to add-ons' pages during installation, update and uninstallation. */
export interface BrowserVisits {
  /** Returns the address for the browser to visit; with `follow`, visits it and returns nothing. */
  send(url: string, client: Client, follow: boolean): Promise<string | undefined>
  /** The contents of a one-time address, once. */
  installable(word: string): object | undefined
  /** The browser has returned: the installation is complete. */
  complete(word: string): void
}

/** Creates the one-time addresses. */
export function createBrowserVisits(deps: AddonsDeps): BrowserVisits {
  const { clients, base, timeoutMs, flush } = deps
  const installables = new Map<string, object>()
  const unfinished = new Map<string, string>()

  function complete(word: string): void {
    const client = clients.find(unfinished.get(word) ?? '')
    unfinished.delete(word)
    if (client) client.pending = false
    flush()
  }

  return {
    async send(url, client, follow) {
      const word = randomToken(32)
      const back = `${base()}/addons/installed/${word}`
      installables.set(word, credentialsOf(client, deps))
      unfinished.set(word, client.oauthId)
      for (const old of installables.keys()) if (installables.size > 100) installables.delete(old)
      for (const old of unfinished.keys()) if (unfinished.size > 100) unfinished.delete(old)
      const address = new URL(url)
      address.searchParams.set('redirect_url', back)
      address.searchParams.set('installable_url', `${base()}/addons/installable/${word}`)
      if (!follow) return address.href
      await followRedirects(client.name, address.href, back, timeoutMs)
      complete(word)
      return undefined
    },
    installable(word) {
      const body = installables.get(word)
      installables.delete(word)
      return body
    },
    complete,
  }
}

/** The data of an installation for its add-on. */
export function credentialsOf({ oauthId, oauthSecret, roomId }: Client, { world, base }: AddonsDeps): object {
  const { id: groupId } = world.state.group
  const capabilitiesUrl = `${base()}/v2/capabilities`
  return { oauthId, oauthSecret, groupId, capabilitiesUrl, ...(roomId ? { roomId } : {}) }
}

async function followRedirects(name: string, from: string, back: string, timeoutMs: number): Promise<void> {
  let at = from
  for (let steps = 0; steps < 6; steps++) {
    const { status, headers } = await callAddon(name, at, { timeoutMs })
    if (!headers.location) throw new InstallError(`${name} did not send the browser back: ${at} answered ${status}`)
    const next = URL.canParse(headers.location, at) ? new URL(headers.location, at).href : undefined
    if (!isHttpUrl(next)) throw new InstallError(`${name} sent the browser to ${headers.location.slice(0, 200)}`)
    at = next
    if (at === back) return
  }
  throw new InstallError(`${name} redirected the browser too many times`)
}

/** Calls an add-on during its installation. Throws InstallError. */
export async function callAddon(name: string, url: string, options: AddonRequestOptions): Promise<AddonResponse> {
  try {
    return await requestAddon(url, options)
  } catch (error) {
    const fault = `${name} could not be reached at ${url.slice(0, 200)}: ${messageOf(error)}.`
    const advice = 'Is it running, and does it listen there? Start it, then install it again.'
    throw new InstallError(fault, { advice, cause: error })
  }
}
