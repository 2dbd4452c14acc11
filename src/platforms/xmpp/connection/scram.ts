import { createHash, createHmac, pbkdf2, randomBytes } from 'node:crypto'
import { promisify } from 'node:util'
import { ConnectionError } from '../../../model/errors.js'
import { safeEqual } from '../../../shared/crypto.js'

/** A login mechanism, as the library uses it. */
export interface Mechanism {
  readonly name: string
  readonly clientFirst: true
  response(credentials: { readonly username?: string; readonly password?: string }): string | Promise<string>
  challenge(text: string): void
}

/** Login by SCRAM (RFC 5802, 7677): both sides prove that they know the password, and neither sends it. */
export interface Scram {
  /** Best first. */
  readonly mechanisms: readonly { readonly name: string; readonly create: () => Mechanism }[]
  /** Throws ConnectionError if the server's final message does not prove that it knows the password. */
  checkServer(text: string): void
}

/**
 * Creates it, for one login at a time. The library's own implementation takes seconds, because it derives the key step
 * by step, and does not check the server's proof.
 */
export function createScram(): Scram {
  let expected: string | undefined

  function create(name: string, hash: Hash): Mechanism {
    const nonce = randomBytes(18).toString('base64')
    let [first, challenge] = ['', '']
    expected = undefined
    return {
      name,
      clientFirst: true,
      async response({ username = '', password = '' }) {
        if (challenge === '') {
          first = `n=${username.replaceAll('=', '=3D').replaceAll(',', '=2C')},r=${nonce}`
          return `n,,${first}`
        }
        const proven = await prove({ hash, password, first, nonce, challenge })
        expected = proven.server
        return proven.message
      },
      challenge(text) {
        challenge = text
      },
    }
  }

  return {
    mechanisms: hashes.map(([name, hash]) => ({ name, create: () => create(name, hash) })),
    checkServer(text) {
      if (expected === undefined) return // another mechanism was used
      if (!safeEqual(/(?:^|,)v=([^,]*)/.exec(text)?.[1] ?? '', expected))
        throw new ConnectionError('the server did not prove that it knows the password: it may be an impostor', {
          slow: true,
        })
    },
  }
}

const hashes = [
  ['SCRAM-SHA-512', 'sha512'],
  ['SCRAM-SHA-256', 'sha256'],
  ['SCRAM-SHA-1', 'sha1'],
] as const

type Hash = (typeof hashes)[number][1]

interface Exchange {
  readonly hash: Hash
  readonly password: string
  /** Our first message. */
  readonly first: string
  readonly nonce: string
  readonly challenge: string
}

async function prove({ hash, password, first, nonce, challenge }: Exchange) {
  const [, both = '', salt = '', count = ''] = /^r=([^,]+),s=([^,]+),i=(\d{1,7})(?:,|$)/.exec(challenge) ?? []
  const rounds = Number(count)
  if (!both.startsWith(nonce) || both === nonce || rounds < 1 || rounds > mostRounds)
    throw new ConnectionError('the server sent an invalid login challenge', { slow: true })
  const length = createHash(hash).digest().length
  const salted = await derive(password.normalize('NFKC'), Buffer.from(salt, 'base64'), rounds, length, hash)
  const hmac = (key: Buffer, text: string) => createHmac(hash, key).update(text).digest()
  const bare = `c=biws,r=${both}`
  const said = `${first},${challenge},${bare}`
  const clientKey = hmac(salted, 'Client Key')
  const signature = hmac(createHash(hash).update(clientKey).digest(), said)
  const proof = Buffer.from(clientKey.map((byte, at) => byte ^ (signature[at] ?? 0))).toString('base64')
  return { message: `${bare},p=${proof}`, server: hmac(hmac(salted, 'Server Key'), said).toString('base64') }
}

const derive = promisify(pbkdf2)
/** A limit, so that a server cannot keep the bot busy. */
const mostRounds = 1_000_000
