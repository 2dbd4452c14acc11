/** Encrypts secrets at rest. */
export interface Encryptor {
  /** Encrypts `text` so that it can be decrypted only with the same `context`. */
  encrypt(text: string, context: string): string
  /** Throws ConfigError if no key fits or the text was tampered with. */
  decrypt(encrypted: string, context: string): string
  /** Whether an older key encrypted it, so that it should be encrypted again. */
  needsRotation(encrypted: string): boolean
}
