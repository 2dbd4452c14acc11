import { createPublicKey, verify } from 'node:crypto'

/** Whether `signature`, in hexadecimal, is the key's over `message`. */
export type SignatureVerifier = (message: Uint8Array, signature: string) => boolean

/** Creates the Ed25519 verifier of a public key in hexadecimal; undefined if the key is invalid. RFC 8032 */
export function createSignatureVerifier(publicKey: string): SignatureVerifier | undefined {
  if (!/^[\da-f]{64}$/i.test(publicKey)) return undefined
  const x = Buffer.from(publicKey, 'hex').toString('base64url')
  const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' })
  return (message, signature) =>
    /^[\da-f]{128}$/i.test(signature) && verify(null, message, key, Buffer.from(signature, 'hex'))
}
