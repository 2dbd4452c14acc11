import { messageOf } from '../../shared/error-details.js'
import { InstallError } from '../errors.js'
import { randomWord } from '../random.js'
import { type AddonResponse, requestAddon } from './addon-request.js'
import type { Clients } from './clients.js'
import { type Descriptor, readDescriptor } from './descriptor.js'
import type { Client, Room } from './state.js'
import type { World } from './world.js'

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
export interface Addons {
  install(descriptorUrl: string, options?: InstallOptions & { readonly room?: Room }): Promise<Installed>
  update(oauthId: string, options?: InstallOptions): Promise<Installed>
  uninstall(oauthId: string, options?: InstallOptions): Promise<{ readonly redirect?: string }>
  /** What a one-time address gives, once. */
  installable(word: string): object | undefined
  /** The browser has come back: the installation counts from now on. */
  complete(word: string): void
}

/** What installing needs. */
export interface AddonsDeps {
  readonly world: World
  readonly clients: Clients
  /** The address that the server is called by, without a slash at its end. */
  readonly base: () => string
  readonly timeoutMs: number
  /** Keeps what changed at once. */
  readonly flush: () => void
}

/** Keeps the add-ons of the group. */
export function createAddons({ world, clients, base, timeoutMs, flush }: AddonsDeps): Addons {
  const installables = new Map<string, object>()
  const unfinished = new Map<string, string>()

  function credentials({ oauthId, oauthSecret, roomId }: Client): object {
    const { id: groupId } = world.state.group
    return {
      oauthId,
      oauthSecret,
      groupId,
      capabilitiesUrl: `${base()}/v2/capabilities`,
      ...(roomId ? { roomId } : {}),
    }
  }

  async function tell(url: string, client: Client): Promise<void> {
    const headers = { 'Content-Type': 'application/json' }
    const body = JSON.stringify(credentials(client))
    const { status, text } = await callAddon(client.name, url, () =>
      requestAddon(url, { method: 'POST', headers, body, timeoutMs }),
    )
    if (status >= 200 && status < 300) return
    throw new InstallError(`${client.name} refused the installation: ${url} answered ${status} ${text.slice(0, 300)}`)
  }

  /** Sends the browser round over the add-on's page, or goes there itself. */
  async function redirectBrowser(url: string, client: Client, follow: boolean): Promise<string | undefined> {
    const word = randomWord(32)
    const back = `${base()}/addons/installed/${word}`
    installables.set(word, credentials(client))
    unfinished.set(word, client.oauthId)
    for (const old of installables.keys()) if (installables.size > 100) installables.delete(old)
    for (const old of unfinished.keys()) if (unfinished.size > 100) unfinished.delete(old)
    const address = new URL(url)
    address.searchParams.set('redirect_url', back)
    address.searchParams.set('installable_url', `${base()}/addons/installable/${word}`)
    if (!follow) return address.href
    await followRedirects(client.name, address.href, back)
    addons.complete(word)
    return undefined
  }

  async function followRedirects(name: string, from: string, back: string): Promise<void> {
    let at = from
    for (let steps = 0; steps < 6; steps++) {
      const { status, headers } = await callAddon(name, at, () => requestAddon(at, { timeoutMs }))
      if (!headers.location) throw new InstallError(`${name} did not send the browser back: ${at} answered ${status}`)
      at = new URL(headers.location, at).href
      if (at === back) return
    }
    throw new InstallError(`${name} sent the browser round in circles`)
  }

  const addons: Addons = {
    async install(descriptorUrl, { room, follow = true } = {}) {
      const descriptor = await fetchDescriptor(descriptorUrl, timeoutMs)
      checkPlace(descriptor, room)
      const { callbackUrl, installedUrl } = descriptor.installable
      const place = { descriptorUrl, pending: true, ...(room ? { roomId: room.id } : {}) }
      const client = clients.create(descriptor, place)
      try {
        if (callbackUrl) await tell(callbackUrl, client)
        client.pending = !callbackUrl && installedUrl !== undefined
        const redirect = installedUrl ? await redirectBrowser(installedUrl, client, follow) : undefined
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
      if (!updateCallbackUrl && callbackUrl) return replace(client, descriptor, callbackUrl)
      const before = structuredClone(client)
      clients.update(client, descriptor)
      try {
        if (updateCallbackUrl) await tell(updateCallbackUrl, client)
        const redirect =
          updatedUrl && !updateCallbackUrl ? await redirectBrowser(updatedUrl, client, follow) : undefined
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
      const redirect = await redirectBrowser(uninstalledUrl, client, follow).catch(() => undefined)
      return redirect ? { redirect } : {}
    },

    installable(word) {
      const body = installables.get(word)
      installables.delete(word)
      return body
    },

    complete(word) {
      const client = clients.find(unfinished.get(word) ?? '')
      unfinished.delete(word)
      if (client) client.pending = false
      flush()
    },
  }

  /** An add-on without an update address gets new credentials; the old ones end. */
  async function replace(old: Client, descriptor: Descriptor, callbackUrl: string): Promise<Installed> {
    const { descriptorUrl, roomId } = old
    const client = clients.create(descriptor, { descriptorUrl, pending: true, ...(roomId ? { roomId } : {}) })
    try {
      await tell(callbackUrl, client)
    } catch (error) {
      clients.remove(client)
      throw error
    }
    client.pending = false
    clients.remove(old)
    flush()
    return toInstalled(client)
  }

  return addons
}

/** Fetches a descriptor from its address, or reads it out of a `data:` address. */
async function fetchDescriptor(url: string, timeoutMs: number): Promise<Descriptor> {
  const text = url.startsWith('data:') ? await (await fetch(url)).text() : await download(url, timeoutMs)
  return readDescriptor(parse(text, url))
}

async function download(url: string, timeoutMs: number): Promise<string> {
  if (!/^https?:\/\//i.test(url)) throw new InstallError(`${url} is not an http address.`)
  const { status, text } = await callAddon('The add-on', url, () => requestAddon(url, { timeoutMs }))
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

async function callAddon(name: string, url: string, calling: () => Promise<AddonResponse>): Promise<AddonResponse> {
  try {
    return await calling()
  } catch (error) {
    throw new InstallError(`${name} could not be reached at ${url.slice(0, 200)}: ${messageOf(error)}`, {
      cause: error,
    })
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
