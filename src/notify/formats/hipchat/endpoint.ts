import type { Authenticated, Endpoint, Notifier, SenderAnswer, SenderRequest } from '../../endpoint.js'
import { RefusedError } from '../../refusal.js'
import { authenticate } from '../authenticate.js'
import { type Fields, readFields } from '../request-fields.js'
import { allowed, refuse } from './answers.js'

/** A request of an authenticated sender. */
export interface HipchatCall extends Authenticated {
  readonly request: SenderRequest
  readonly params: Readonly<Record<string, string>>
  readonly fields: Fields
  readonly notifier: Notifier
}

/** Creates an address of the API. With `auth_test=true`, or `test_auth=true`, a sender checks its token, and nothing is posted. */
export function endpoint(
  methods: readonly string[],
  path: string,
  answer: (call: HipchatCall) => SenderAnswer | Promise<SenderAnswer>,
): Endpoint {
  return {
    methods,
    path,
    async enter(request, params, notifier) {
      const { content: fields, ...authenticated } = await authenticate(request, notifier, read)
      if (fields['auth_test'] === 'true' || fields['test_auth'] === 'true') return allowed(authenticated.headers)
      return await answer({ request, params, fields, notifier, ...authenticated })
    },
    refuse,
  }
}

/** Addresses of the API that notifier tokens may not use. */
export function forbidden(paths: readonly string[], message: string): readonly Endpoint[] {
  const answer = () => {
    throw new RefusedError(message, 'not-allowed')
  }
  return paths.map((path) => ({ ...endpoint(all, path, answer), isYielded: true }))
}

/** Answers 404 for everything else below a path. */
export function unknownPaths(path: string): Endpoint {
  const enter = async () => refuse({ status: 404, message: 'There is nothing at this address.', headers: {} })
  return { methods: all, path, isYielded: true, enter, refuse }
}

const all = ['GET', 'POST', 'PUT', 'DELETE']

async function read(request: SenderRequest) {
  const fields = await readFields(request)
  return { content: fields, fields }
}
