import { messageOf } from '../../shared/error-details.js'
import { InstallError } from '../errors.js'
import { requestAddon } from './addon-request.js'
import type { Clients } from './clients.js'
import { type Descriptor, readDescriptor } from './descriptor.js'
import {
  type AddonsDeps,
  type BrowserVisits,
  callAddon,
  createBrowserVisits,
  credentialsOf,
} from './install-redirects.js'
import type { Client, Room } from './state.js'
import { reasonIn } from './webhook-request.js'

/** The state of an installation after a step. */
export interface Installed {
  readonly oauthId: string
  readonly key: string
  readonly name: string
  readonly roomId?: number
  /** True until the browser returns from the add-on's own pages. */
  readonly pending: boolean
  /** Where the browser must go next, unless the simulator did so itself. */
  readonly redirect?: string
}

/** The result of an uninstall. */
export interface Uninstalled {
  readonly redirect?: string
  /** Why the add-on was not notified. */
  readonly untold?: string
}

/** Options: `follow` plays the browser in redirects. */
export interface InstallOptions {
  readonly follow?: boolean
}

/** Installs, updates and uninstalls add-ons by the protocol's flows. */
export interface Addons extends Pick<BrowserVisits, 'installable' | 'complete'> {
  install(descriptorUrl: string, options?: InstallOptions & { readonly room?: Room }): Promise<Installed>
  update(oauthId: string, options?: InstallOptions): Promise<Installed>
  /** Works without the add-on's server: then `untold` says why, and there is no redirect. */
  uninstall(oauthId: string, options?: InstallOptions): Promise<Uninstalled>
}

/** Creates the group's add-ons. */
export function createAddons(deps: AddonsDeps): Addons {
  const { clients, timeoutMs, flush, removed = () => undefined } = deps
  const visits = createBrowserVisits(deps)

  return {
    installable: visits.installable,
    complete: visits.complete,

    async install(descriptorUrl, { room, follow = true } = {}) {
      const descriptor = await fetchDescriptor(descriptorUrl, timeoutMs)
      checkPlace(descriptor, room)
      const { callbackUrl, installedUrl } = descriptor.installable
      const place = { descriptorUrl, pending: true, ...(room ? { roomId: room.id } : {}) }
      const client = clients.create(descriptor, place)
      try {
        if (callbackUrl) await sendCredentials(callbackUrl, client, deps)
        client.pending = !callbackUrl && installedUrl !== undefined
        const redirect = installedUrl ? await visits.send(installedUrl, client, follow) : undefined
        flush()
        return toInstalled(client, redirect)
      } catch (error) {
        clients.remove(client)
        flush()
        throw error
      }
    },

    async update(oauthId, { follow = true } = {}) {
      const client = known(clients, oauthId)
      const descriptor = await fetchDescriptor(client.descriptorUrl, timeoutMs)
      const { updateCallbackUrl, callbackUrl, updatedUrl } = descriptor.installable
      if (!updateCallbackUrl && callbackUrl) return replace(client, descriptor, callbackUrl, deps)
      const before = structuredClone(client)
      clients.update(client, descriptor)
      try {
        if (updateCallbackUrl) await sendCredentials(updateCallbackUrl, client, deps)
        const redirect = updatedUrl && !updateCallbackUrl ? await visits.send(updatedUrl, client, follow) : undefined
        flush()
        return toInstalled(client, redirect)
      } catch (error) {
        Object.assign(client, before)
        throw error
      }
    },

    async uninstall(oauthId, { follow = true } = {}) {
      const client = known(clients, oauthId)
      const { callbackUrl, uninstalledUrl } = client.installable
      clients.remove(client)
      flush()
      removed()
      // The uninstall continues whatever the add-on responds.
      const tell = callbackUrl ? `${callbackUrl}/${oauthId}` : uninstalledUrl && new URL('/', uninstalledUrl).href
      try {
        if (tell) await requestAddon(tell, { method: callbackUrl ? 'DELETE' : 'GET', timeoutMs })
      } catch (error) {
        return { untold: `${client.name} is uninstalled. It was not told, for it did not answer: ${messageOf(error)}.` }
      }
      if (!uninstalledUrl) return {}
      const redirect = await visits.send(uninstalledUrl, client, follow).catch(() => undefined)
      return redirect ? { redirect } : {}
    },
  }
}

async function sendCredentials(url: string, client: Client, deps: AddonsDeps): Promise<void> {
  const headers = { 'Content-Type': 'application/json' }
  const body = JSON.stringify(credentialsOf(client, deps))
  const { timeoutMs } = deps
  const answer = await callAddon(client.name, url, { method: 'POST', headers, body, timeoutMs })
  const { status, text } = answer
  if (status >= 200 && status < 300) return
  const reason = reasonIn(answer) || (text.trim() && ` (${text.trim().slice(0, 200)})`)
  const advice = `It is told of the installation at ${url}, and must answer 2xx there. ${new URL(deps.base()).host} may have to be on its list of servers (a bot of slashroom has it in HIPCHAT_HOSTS).`
  throw new InstallError(`${client.name} refused the installation: it answered ${status}${reason}.`, { advice })
}

/** An add-on without an update address gets new credentials; the old ones become invalid. */
async function replace(old: Client, descriptor: Descriptor, callbackUrl: string, deps: AddonsDeps): Promise<Installed> {
  const { clients, flush } = deps
  const { descriptorUrl, roomId } = old
  const client = clients.create(descriptor, { descriptorUrl, pending: true, ...(roomId ? { roomId } : {}) })
  try {
    await sendCredentials(callbackUrl, client, deps)
  } catch (error) {
    clients.remove(client)
    throw error
  }
  client.pending = false
  clients.remove(old)
  flush()
  return toInstalled(client)
}

/** Fetches a descriptor from its address, or decodes a `data:` address. */
async function fetchDescriptor(url: string, timeoutMs: number): Promise<Descriptor> {
  const text = url.startsWith('data:') ? await readDataUrl(url) : await download(url, timeoutMs)
  const json = parse(text, url)
  try {
    return readDescriptor(json)
  } catch (error) {
    if (!(error instanceof InstallError)) throw error
    const advice = 'Correct that in the descriptor that the add-on serves, then install it again.'
    throw new InstallError(`The descriptor is invalid: ${error.message}`, { advice, cause: error })
  }
}

async function readDataUrl(url: string): Promise<string> {
  try {
    return await (await fetch(url)).text()
  } catch (error) {
    throw new InstallError(
      `${url.slice(0, 200)} is not a complete data: address, which needs a comma before its content.`,
      {
        cause: error,
      },
    )
  }
}

async function download(url: string, timeoutMs: number): Promise<string> {
  if (!/^https?:\/\//i.test(url)) throw new InstallError(`${url} is not an http address.`, { advice: where })
  const { status, text } = await callAddon('The add-on', url, { timeoutMs })
  if (status !== 200)
    throw new InstallError(`There is no descriptor at ${url}: it answered ${status}.`, { advice: where })
  return text
}

function parse(text: string, url: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    const kind = text.trimStart().startsWith('<') ? 'a web page, not a descriptor' : 'not JSON'
    throw new InstallError(`The document at ${url.slice(0, 200)} is ${kind}.`, { advice: where })
  }
}

const where = 'Give the address of its descriptor itself: a bot of slashroom has it at /descriptor.json.'

function checkPlace({ name, installable }: Descriptor, room: Room | undefined): void {
  if (room && !installable.allowRoom) throw new InstallError(`${name} cannot be installed in a single room.`)
  if (!room && !installable.allowGlobal) throw new InstallError(`${name} can only be installed in a room: name one.`)
}

function known(clients: Clients, oauthId: string): Client {
  const client = clients.find(oauthId)
  if (!client) throw new InstallError(`There is no installation ${oauthId}.`)
  return client
}

function toInstalled({ oauthId, key, name, roomId, pending }: Client, redirect?: string): Installed {
  return { oauthId, key, name, pending, ...(roomId ? { roomId } : {}), ...(redirect ? { redirect } : {}) }
}
