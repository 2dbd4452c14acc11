/**
 * The public https address of a running ngrok agent that leads to `port`, asked of its local API on 4040; undefined
 * where none runs. https://ngrok.com/docs/agent/api
 */
export async function findTunnel(port: number, api = 'http://127.0.0.1:4040'): Promise<string | undefined> {
  try {
    const answer = await fetch(`${api}/api/tunnels`, { signal: AbortSignal.timeout(500) })
    return answer.ok ? pickTunnel(await answer.json(), port) : undefined
  } catch {
    return undefined // no agent is the usual case
  }
}

function pickTunnel(body: unknown, port: number): string | undefined {
  const tunnels = isRecord(body) && Array.isArray(body['tunnels']) ? body['tunnels'].filter(isRecord) : []
  const ours = tunnels.filter((tunnel) => isRecord(tunnel['config']) && leadsTo(tunnel['config']['addr'], port))
  const addresses = ours.map((tunnel) => tunnel['public_url']).filter((url) => typeof url === 'string')
  return (addresses.find((url) => url.startsWith('https://')) ?? addresses[0])?.replace(/\/+$/, '')
}

/** ngrok writes `http://localhost:3000`, `localhost:3000` or `3000`. */
function leadsTo(address: unknown, port: number): boolean {
  return typeof address === 'string' && new RegExp(`(^|:)${port}/?$`).test(address)
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}
