import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { link, open, readFile, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import type { Encryptor } from '../model/encryptor.js'
import { ConfigError } from '../model/errors.js'
import { codeOf, messageOf } from '../shared/error-details.js'
import { ifThere } from '../shared/files.js'

/** Encrypts with `key`; decrypts with any of `oldKeys` too. */
export function createEncryptor({ key, oldKeys = [] }: SecretKeys): Encryptor {
  const current = keyId(key)
  const keys = new Map([...oldKeys, key].map((key) => [keyId(key), key]))

  return {
    encrypt(text, context) {
      const iv = randomBytes(12)
      const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(Buffer.from(context))
      const body = Buffer.concat([iv, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()])
      return `${current}.${body.toString('base64url')}`
    },
    decrypt(encrypted, context) {
      const [id = '', body = ''] = encrypted.split('.')
      const fitting = keys.get(id)
      if (!fitting) {
        throw new ConfigError(
          `SECRET_KEY is not the key ${id} that the store was encrypted with: put that key into SECRET_KEY_OLD.`,
        )
      }
      return decryptWith(fitting, Buffer.from(body, 'base64url'), context)
    },
    needsRotation: (encrypted) => !encrypted.startsWith(`${current}.`),
  }
}

interface SecretKeys {
  readonly key: Buffer
  readonly oldKeys?: readonly Buffer[]
}

/** Reads 32 bytes from base64 or hex. Throws ConfigError, which names the setting but not its value. */
export function readKey(text: string, name = 'SECRET_KEY'): Buffer {
  const given = text.trim()
  if (/^[0-9a-f]{64}$/i.test(given)) return Buffer.from(given, 'hex')
  if (/^[\w+/-]{43}=?$/.test(given)) return Buffer.from(given, 'base64')
  throw new ConfigError(`${name} must be 32 bytes in base64 or hex; \`openssl rand -base64 32\` makes one.`)
}

/** Reads several keys, separated by commas or spaces. */
export function readKeys(text: string, name = 'SECRET_KEY_OLD'): Buffer[] {
  return text
    .split(/[\s,]+/)
    .filter(Boolean)
    .map((key) => readKey(key, name))
}

/** The key in `dir`, created on the first start; processes that start simultaneously get the same one. */
export async function loadOrCreateKeyFile(dir: string): Promise<Buffer> {
  const path = join(dir, 'secret.key')
  try {
    return readKey(ifThere(() => readFileSync(path, 'utf8')) ?? (await makeKey(path)), path)
  } catch (error) {
    if (error instanceof ConfigError) throw error
    const reason = messageOf(error)
    throw new ConfigError(`STORE_URL: the key ${path} can be neither read nor made: ${reason}`, { cause: error })
  }
}

/** Written under a temporary name and flushed first, so that an existing file is complete, even after a crash. */
async function makeKey(path: string): Promise<string> {
  const draft = `${path}.${randomBytes(6).toString('hex')}`
  const file = await open(draft, 'wx', 0o600)
  try {
    await file.chmod(0o600) // regardless of the umask
    await file.writeFile(`${randomBytes(32).toString('base64')}\n`)
    await file.sync()
    await link(draft, path)
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error
  } finally {
    await file.close()
    await unlink(draft)
  }
  return await readFile(path, 'utf8')
}

function decryptWith(key: Buffer, body: Buffer, context: string): string {
  try {
    const decipher = createDecipheriv('aes-256-gcm', key, body.subarray(0, 12), { authTagLength: 16 })
      .setAAD(Buffer.from(context))
      .setAuthTag(body.subarray(-16))
    return decipher.update(body.subarray(12, -16), undefined, 'utf8') + decipher.final('utf8')
  } catch (error) {
    throw new ConfigError(`The encrypted value ${context} in the store was tampered with or is damaged.`, {
      cause: error,
    })
  }
}

/** Identifies a key without revealing anything about it. */
function keyId(key: Buffer): string {
  return createHash('sha256').update('slashroom key id').update(key).digest('hex').slice(0, 8)
}
