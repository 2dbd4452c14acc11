import { ConfigError } from '../../model/errors.js'
import { isRecord } from '../../shared/json.js'
import type { PlatformDeps, Registration } from '../platform.js'
import { noChanges, type RegistrationDraft } from '../register-commands.js'
import { type Api, type ApiAnswer, type ApiCall, isDone, toMattermostError } from './api.js'
import { type CommandPlan, longWords, planCommands, type WantedCommand, wantedCommands } from './slash-command-diff.js'
import { type CustomCommand, commandPath, name, reachAll, readId } from './wire.js'

/** What registering needs. */
export interface RegisterDeps extends Pick<PlatformDeps, 'baseUrl' | 'catalog' | 'installations' | 'log'> {
  readonly api: Api
}

/** Creates a function that registers the commands with each of the bot's teams, and stores their tokens. */
export function createRegister({ api, baseUrl, catalog, installations, log }: RegisterDeps) {
  const url = `${baseUrl}/${name}${commandPath}`

  async function register({ apply }: { readonly apply: boolean }): Promise<Registration> {
    const me = await ask('/api/v4/users/me')
    const username = isRecord(me) ? String(me['username'] ?? '') : ''
    const wanted = wantedCommands(catalog.list(), { url, username })
    const teams = readList(await ask('/api/v4/users/me/teams'), toTeam)
    const draft = noChanges()
    for (const word of longWords(catalog.list())) draft.notes.push(tooLongNote(word))
    if (teams.length === 0) draft.notes.push('the bot is in no team: add it to those that shall have the commands')
    for (const team of teams) await registerIn(team, wanted, draft, apply)
    if (apply) await forgetOthers(new Set(teams.map(({ id }) => id)))
    return draft
  }

  async function registerIn(team: Team, wanted: readonly WantedCommand[], draft: RegistrationDraft, apply: boolean) {
    // Listed before our own commands, so that what another process registers meanwhile does not look foreign.
    const reserved = await listReserved(team)
    const listed = await list(team)
    if (!listed) {
      draft.notes.push(`${team.name}: the bot may not manage slash commands there: see docs/mattermost.md`)
      return
    }
    const plan = planCommands(listed, wanted, url, reserved)
    for (const trigger of plan.taken) draft.notes.push(takenNote(team, trigger))
    const steps = stepsOf(plan, team)
    const given = new Map<string, string>()
    for (const step of steps) {
      const refused = apply ? await take(step, team, given) : undefined
      if (refused) draft.notes.push(refused)
      else draft[step.means].push(`/${step.trigger} (${team.name})`)
    }
    // Asked again, because another process may have done the same meanwhile; the server's tokens count.
    if (apply) await keep(team, steps.length > 0 ? ((await list(team)) ?? listed) : listed, given)
  }

  /** The words that the server completes, including its own commands; empty if it does not say. */
  async function listReserved({ id }: Team): Promise<readonly string[]> {
    const answer = await api({ method: 'GET', path: `/api/v4/teams/${id}/commands/autocomplete` })
    if (!isDone(answer) && toMattermostError(answer).retryAdvice.retry) throw toMattermostError(answer)
    return readList(answer.body, ({ trigger }) => (typeof trigger === 'string' ? trigger : undefined))
  }

  async function list(team: Team): Promise<readonly CustomCommand[] | undefined> {
    const answer = await api({ method: 'GET', path: `/api/v4/commands?team_id=${team.id}&custom_only=true` })
    if (isDone(answer)) return readList(answer.body, toCommand)
    if (answer.status !== 403) throw toMattermostError(answer)
    return undefined
  }

  /** Explains why the server refused this step. */
  async function take({ means, trigger, call }: RegistrationChange, team: Team, given: Map<string, string>) {
    const answer = await api(call)
    const made = isDone(answer) && isRecord(answer.body) ? toCommand(answer.body) : undefined
    if (made?.token) given.set(made.id, made.token)
    if (isDone(answer) || (means === 'removed' && answer.status === 404)) return undefined
    if (isTaken(answer)) return takenNote(team, trigger)
    if (answer.status !== 400 && answer.status !== 403) throw toMattermostError(answer)
    return `${team.name}: /${trigger} was not changed: ${toMattermostError(answer).message}`
  }

  /** Writes only changes. If the list shows no token, the one returned when the command was created is used. */
  async function keep(team: Team, listed: readonly CustomCommand[], given: ReadonlyMap<string, string>): Promise<void> {
    const ours = listed.filter((one) => one.url === url)
    const known = await installations.find(name, team.id)
    const tokenOf = ({ id, token }: CustomCommand) => token || given.get(id) || (known?.secrets[id] ?? '')
    const secrets = Object.fromEntries(ours.map((one) => [one.id, tokenOf(one)]))
    if (known && sameTexts(known.secrets, secrets) && known.tenant.name === team.name) return
    const tenant = { id: team.id, name: team.name }
    await installations.save({ id: team.id, platform: name, tenant, details: {}, secrets })
  }

  /** Removing the bot from a team revokes its commands. */
  async function forgetOthers(teams: ReadonlySet<string>): Promise<void> {
    const gone: string[] = []
    for await (const { id } of installations.list(name)) if (!teams.has(id)) gone.push(id)
    for (const id of gone) {
      await installations.remove(name, id)
      log.info({ team: id }, 'the bot is no longer in this team: its commands are refused from now on')
    }
  }

  async function ask(path: string): Promise<unknown> {
    const answer = await api({ method: 'GET', path })
    if (answer.status === 401) throw new ConfigError('MATTERMOST_BOT_TOKEN is not a valid token of the server.')
    if (!isDone(answer)) throw toMattermostError(answer)
    return answer.body
  }

  return register
}

/** One API call, with a description for the operator. */
interface RegistrationChange {
  readonly means: 'added' | 'changed' | 'removed'
  readonly trigger: string
  readonly call: ApiCall
}

function stepsOf({ add, change, remove }: CommandPlan, team: Team): readonly RegistrationChange[] {
  const path = '/api/v4/commands'
  return [
    ...remove.map(({ id, trigger }): RegistrationChange => {
      return { means: 'removed', trigger, call: { method: 'DELETE', path: `${path}/${id}` } }
    }),
    ...change.map(({ from, to }): RegistrationChange => {
      const call = { method: 'PUT', path: `${path}/${from.id}`, body: { ...from, ...to } } as const
      return { means: 'changed', trigger: to.trigger, call }
    }),
    ...add.map((one): RegistrationChange => {
      return { means: 'added', trigger: one.trigger, call: { path, body: { ...one, team_id: team.id } } }
    }),
  ]
}

function tooLongNote(word: string): string {
  return `/${word} is too long for the server: /${reachAll} ${word} reaches the command`
}

function takenNote(team: Team, trigger: string): string {
  return `${team.name}: /${trigger} is taken there: /${reachAll} ${trigger} reaches the command`
}

interface Team {
  readonly id: string
  readonly name: string
}

function toTeam(value: Record<string, unknown>): Team | undefined {
  const id = readId(value['id'])
  if (!id || Number(value['delete_at'] ?? 0) > 0) return undefined
  return { id, name: String(value['display_name'] || value['name'] || id) }
}

function toCommand(value: Record<string, unknown>): CustomCommand | undefined {
  const text = (key: string) => (typeof value[key] === 'string' ? value[key] : '')
  const id = readId(value['id'])
  if (!id || Number(value['delete_at'] ?? 0) > 0) return undefined
  return {
    id,
    token: text('token'),
    team_id: text('team_id'),
    trigger: text('trigger'),
    url: text('url'),
    method: text('method'),
    display_name: text('display_name'),
    username: text('username'),
    auto_complete: value['auto_complete'] === true,
    auto_complete_desc: text('auto_complete_desc'),
    auto_complete_hint: text('auto_complete_hint'),
  }
}

function readList<One>(body: unknown, read: (value: Record<string, unknown>) => One | undefined): readonly One[] {
  return Array.isArray(body) ? body.filter(isRecord).flatMap((value) => read(value) ?? []) : []
}

function isTaken({ status, body }: ApiAnswer): boolean {
  return status === 400 && isRecord(body) && String(body['id']).includes('duplicate_trigger')
}

function sameTexts(one: Readonly<Record<string, string>>, other: Readonly<Record<string, string>>): boolean {
  const keys = Object.keys(one)
  return keys.length === Object.keys(other).length && keys.every((key) => one[key] === other[key])
}
