/**
 * The public address of a running ngrok agent, asked of its local API on 4040; undefined where none runs. The tunnel
 * that leads to `port` goes first; what leads elsewhere may come here by way of a proxy. https://ngrok.com/docs/agent/api
 */
export async function findTunnel(
  port: number,
  { api = 'http://127.0.0.1:4040', straight = false }: { readonly api?: string; readonly straight?: boolean } = {},
): Promise<string | undefined> {
  try {
    const answer = await fetch(`${api}/api/tunnels`, { signal: AbortSignal.timeout(2_000) })
    return answer.ok ? pickTunnel(await answer.json(), port, straight) : undefined
  } catch {
    return undefined // no agent is the usual case
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

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}
