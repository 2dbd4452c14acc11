import { isRecord } from '../shared/json.js'
import { createHttpClient } from './http-client.js'

/**
 * The public address of a running ngrok agent, from its local API on 4040; undefined if there is none. A tunnel to `port`
 * takes precedence; others may reach the bot through a proxy. https://ngrok.com/docs/agent/api
 */
export async function findTunnel(
  port: number,
  { api = 'http://127.0.0.1:4040', straight = false }: { readonly api?: string; readonly straight?: boolean } = {},
): Promise<string | undefined> {
  const { request, close } = createHttpClient() // loading `fetch` would take as long as half the bot
  try {
    const { status, body } = await request(`${api}/api/tunnels`, { timeoutMs: 2_000, privateAllowed: true })
    return status === 200 ? pickTunnel(JSON.parse(body.toString()), port, straight) : undefined
  } catch {
    return undefined // no agent is the usual case
  } finally {
    await close()
  }
}

function pickTunnel(body: unknown, port: number, straight: boolean): string | undefined {
  const all = isRecord(body) && Array.isArray(body['tunnels']) ? body['tunnels'].filter(isRecord) : []
  const ours = all.filter((tunnel) => isRecord(tunnel['config']) && leadsTo(tunnel['config']['addr'], port))
  return pickAddress(ours) ?? (straight ? undefined : pickAddress(all))
}

function pickAddress(tunnels: readonly Record<string, unknown>[]): string | undefined {
  const addresses = tunnels.map((tunnel) => tunnel['public_url']).filter((url) => typeof url === 'string')
  const found = ['https://', 'http://'].map((scheme) => addresses.find((url) => url.startsWith(scheme)))
  return found.find((url) => url !== undefined)?.replace(/\/+$/, '')
}

/** ngrok writes `http://localhost:3000`, `localhost:3000` or `3000`. */
function leadsTo(address: unknown, port: number): boolean {
  return typeof address === 'string' && new RegExp(`(^|:)${port}/?$`).test(address)
}
