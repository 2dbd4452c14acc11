/** What keeps secrets unreadable at rest. */
export interface Encryptor {
  /** Encrypts `text` so that it decrypts only with the same `context`. */
  encrypt(text: string, context: string): string
  /** Throws ConfigError when no key fits, or the text was tampered with. */
  decrypt(encrypted: string, context: string): string
  /** Whether an older key encrypted it, so that it should be encrypted anew. */
  needsRotation(encrypted: string): boolean
}
