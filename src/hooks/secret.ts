import { AuthenticationError } from '../model/errors.js'
import type { HookProof, HookVerifier } from '../model/hook.js'

/** Creates a verifier whose secret is in the given variable. */
export function withSecret(variable: string, isProven: (proof: HookProof, secret: string) => boolean): HookVerifier {
  const verify = (proof: HookProof) => {
    const secret = proof.env[variable]
    if (!secret) throw new AuthenticationError('the secret is not set')
    if (!isProven(proof, secret)) throw new AuthenticationError('the signature or token is missing or wrong')
  }
  return Object.assign(verify, { secrets: [variable] })
}

/** Whether a time in seconds since 1970 is within five minutes; anything older may be a replay. */
export function isRecent(seconds: string | undefined): boolean {
  return Math.abs(Date.now() / 1_000 - Number(seconds)) <= 300
}
