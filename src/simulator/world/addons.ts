import { InstallError } from '../errors.js'
import { requestAddon } from './addon-request.js'
import type { Clients } from './clients.js'
import { type Descriptor, readDescriptor } from './descriptor.js'
import { type AddonsDeps, type BrowserVisits, callAddon, createBrowserVisits, credentialsOf } from './install-visits.js'
import type { Client, Room } from './state.js'

/** How an installation stands after a step. */
export interface Installed {
  readonly oauthId: string
  readonly key: string
  readonly name: string
  readonly roomId?: number
  /** True while the browser still must come back from the add-on's own pages. */
  readonly pending: boolean
  /** Where the browser must go next, when nobody has gone there for it. */
  readonly redirect?: string
}

/** How to go about it: `follow` plays the browser where an add-on sends it round. */
export interface InstallOptions {
  readonly follow?: boolean
}

/** Installs, updates and uninstalls add-ons by the protocol's flows. */
export interface Addons extends Pick<BrowserVisits, 'installable' | 'complete'> {
  install(descriptorUrl: string, options?: InstallOptions & { readonly room?: Room }): Promise<Installed>
  update(oauthId: string, options?: InstallOptions): Promise<Installed>
  uninstall(oauthId: string, options?: InstallOptions): Promise<{ readonly redirect?: string }>
}

/** Keeps the add-ons of the group. */
export function createAddons(deps: AddonsDeps): Addons {
  const { clients, timeoutMs, flush } = deps
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
      // The uninstall goes on whatever the add-on says to it.
      if (callbackUrl)
        await requestAddon(`${callbackUrl}/${oauthId}`, { method: 'DELETE', timeoutMs }).catch(() => undefined)
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
  const { status, text } = await callAddon(client.name, url, { method: 'POST', headers, body, timeoutMs })
  if (status >= 200 && status < 300) return
  throw new InstallError(`${client.name} refused the installation: ${url} answered ${status} ${text.slice(0, 300)}`)
}

/** An add-on without an update address gets new credentials; the old ones end. */
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

/** Fetches a descriptor from its address, or reads it out of a `data:` address. */
async function fetchDescriptor(url: string, timeoutMs: number): Promise<Descriptor> {
  const text = url.startsWith('data:') ? await readDataUrl(url) : await download(url, timeoutMs)
  return readDescriptor(parse(text, url))
}

async function readDataUrl(url: string): Promise<string> {
  try {
    return await (await fetch(url)).text()
  } catch (error) {
    throw new InstallError(`${url.slice(0, 200)} is not a whole data: address, which has a comma before its content.`, {
      cause: error,
    })
  }
}

async function download(url: string, timeoutMs: number): Promise<string> {
  if (!/^https?:\/\//i.test(url)) throw new InstallError(`${url} is not an http address.`)
  const { status, text } = await callAddon('The add-on', url, { timeoutMs })
  if (status !== 200) throw new InstallError(`There is no descriptor at ${url}: it answered ${status}`)
  return text
}

function parse(text: string, url: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new InstallError(`What stands at ${url.slice(0, 200)} is not JSON.`)
  }
}

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
