import { checkProof, type Proof } from '../model/proof.js'
import type { Embedded } from '../stores/environment.js'
import { keyBytes } from '../stores/key.js'

/** The proofs that were shown, in the embedded store. Both verbs are called within a transaction. */
export interface Proofs {
  /** Notes one. Throws UnverifiedError where it was shown before. */
  show(proof: Proof, isNew: boolean): void
  /** Takes away some of what is out of time, and says whether there may be more. */
  sweep(): boolean
}

/** Finds them. What runs out first stands first: it is found without a search, and what is new is written at the end. */
export function findProofs(embedded: Embedded): Proofs {
  const bodies = embedded.table('proofs')
  return {
    show(proof, isNew) {
      const key = Buffer.concat([timeBytes(proof.until), keyBytes(proof.key)])
      checkProof(proof, bodies.get(key), isNew)
      bodies.put(key, proof.body)
    },
    sweep() {
      const due = [...bodies.getKeys({ end: timeBytes(Date.now() - spareMs), limit: sweepLimit })]
      for (const key of due.map((key) => Buffer.from(key))) bodies.remove(key) // LMDB's own memory changes meanwhile
      return due.length === sweepLimit
    },
  }
}

/** A request that came in time may wait for the store until it no longer is. */
const spareMs = 60_000
const sweepLimit = 500

function timeBytes(at: number): Buffer {
  const time = Buffer.alloc(8)
  time.writeDoubleBE(at)
  return time
}
