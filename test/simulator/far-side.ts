import http from 'node:http'
import type { AddressInfo } from 'node:net'

/** A request that the fake add-on got. */
export interface Got {
  readonly method: string
  readonly path: string
  readonly headers: http.IncomingHttpHeaders
  readonly rawHeaders: readonly string[]
  readonly body: string
}

/** What the fake add-on answers: a status, with a body and headers. */
export interface Answers {
  readonly status?: number
  readonly body?: string
  readonly headers?: Readonly<Record<string, string>>
}

/** An add-on on a free port that keeps what it gets and answers as it is told. */
export async function openAddon(answer: (got: Got, url: string) => Answers | Promise<Answers>) {
  const got: Got[] = []
  const server = http.createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', async () => {
      const one = {
        method: request.method ?? '',
        path: request.url ?? '',
        headers: request.headers,
        rawHeaders: request.rawHeaders,
        body: Buffer.concat(chunks).toString(),
      }
      got.push(one)
      const { status = 200, body = '', headers = {} } = await answer(one, url)
      response.writeHead(status, headers).end(body)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    url,
    got,
    posts: (path: string) => got.filter((one) => one.method === 'POST' && one.path.startsWith(path)),
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** A descriptor that asks for what most tests need, with webhooks at `url`. */
export function descriptor(url: string, more: object = {}, webhook: unknown = jwtWebhook(url)) {
  return {
    key: 'com.example.echo',
    name: 'Echo',
    description: 'Says it again',
    links: { self: `${url}/descriptor.json` },
    capabilities: {
      hipchatApiConsumer: {
        scopes: [
          'send_notification',
          'view_room',
          'view_group',
          'admin_room',
          'view_messages',
          'send_message',
          'manage_rooms',
        ],
        fromName: 'Echo',
      },
      installable: { callbackUrl: `${url}/installed` },
      webhook,
      ...more,
    },
  }
}

function jwtWebhook(url: string) {
  return [{ url: `${url}/webhook`, event: 'room_message', pattern: '^/echo', name: 'echo', authentication: 'jwt' }]
}

/** The credentials that an installation's POST carried. */
export interface Credentials {
  readonly oauthId: string
  readonly oauthSecret: string
  readonly groupId: number
  readonly roomId?: number
  readonly capabilitiesUrl: string
}

/** An access token for those credentials. */
export async function tokenFor(
  { oauthId, oauthSecret, capabilitiesUrl }: Credentials,
  scope?: string,
): Promise<string> {
  const answer = await fetch(capabilitiesUrl.replace('/capabilities', '/oauth/token'), {
    method: 'POST',
    headers: { Authorization: `Basic ${Buffer.from(`${oauthId}:${oauthSecret}`).toString('base64')}` },
    body: new URLSearchParams({ grant_type: 'client_credentials', ...(scope ? { scope } : {}) }),
  })
  const { access_token: token } = (await answer.json()) as { access_token: string }
  return token
}
