import { UnavailableError } from '../../../model/errors.js'

/** Runs `act` in turn. Throws UnavailableError if too many are waiting. */
export type InTurn = (oauthId: string, act: () => Promise<void>) => Promise<void>

/** One at a time per installation and a limited number in total, because anybody can make us call servers. */
export function createTurns(most = 64): InTurn {
  const last = new Map<string, Promise<unknown>>()
  let waiting = 0
  return async (oauthId, act) => {
    if (waiting >= most) throw new UnavailableError('Too many installations at once.', 5)
    waiting++
    const turn = (last.get(oauthId) ?? Promise.resolve()).then(act, act)
    last.set(oauthId, turn)
    try {
      await turn
    } finally {
      waiting--
      if (last.get(oauthId) === turn) last.delete(oauthId)
    }
  }
}
