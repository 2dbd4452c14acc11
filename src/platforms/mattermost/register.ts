import type { Catalog } from '../../model/command.js'
import { ConfigError } from '../../model/errors.js'
import type { Log } from '../../model/log.js'
import type { Installations } from '../../stores/installations.js'
import { type Api, type ApiAnswer, isDone, refusal } from './api.js'
import { planCommands, type Wanted, wantedCommands } from './commands.js'
import { type CustomCommand, commandDoor, isRecord, name, reachAll, readId } from './wire.js'

/** What register is given. */
export interface RegisterParts {
  readonly api: Api
  readonly baseUrl: string
  readonly catalog: Catalog
  readonly installations: Installations
  readonly log: Log
}

/** Makes the step that gives each of the bot's teams the commands there are, and keeps their tokens. */
export function createRegister({ api, baseUrl, catalog, installations, log }: RegisterParts): () => Promise<void> {
  const url = `${baseUrl}/${name}${commandDoor}`

  async function register(): Promise<void> {
    const me = await ask('/api/v4/users/me')
    const username = isRecord(me) ? String(me['username'] ?? '') : ''
    const wanted = wantedCommands(catalog.list(), url, username)
    const teams = readList(await ask('/api/v4/users/me/teams'), toTeam)
    for (const team of teams) await registerIn(team, wanted)
    await forgetOthers(new Set(teams.map(({ id }) => id)))
  }

  async function registerIn(team: Team, wanted: readonly Wanted[]): Promise<void> {
    const listed = await list(team)
    if (!listed) return
    const shown = await ask(`/api/v4/teams/${team.id}/commands/autocomplete`)
    const reserved = readList(shown, ({ trigger }) => (typeof trigger === 'string' ? trigger : undefined))
    const plan = planCommands(listed, wanted, url, reserved)
    for (const trigger of plan.taken) reportTaken(team, trigger)
    for (const { id } of plan.remove) await change(team, { method: 'DELETE', path: `/api/v4/commands/${id}` })
    for (const { from, to } of plan.change) {
      const body = { ...from, ...to }
      await change(team, { method: 'PUT', path: `/api/v4/commands/${from.id}`, body }, to.trigger)
    }
    for (const one of plan.add) {
      await change(team, { method: 'POST', path: '/api/v4/commands', body: { ...one, team_id: team.id } }, one.trigger)
    }
    const changed = plan.add.length + plan.change.length + plan.remove.length
    // Asked again, because another process may have done the same meanwhile: the server's word on the tokens is the last.
    await keep(team, changed > 0 ? ((await list(team)) ?? listed) : listed)
    const { add, change: altered, remove } = plan
    const facts = { team: team.name, added: add.length, changed: altered.length, removed: remove.length }
    log[changed > 0 ? 'info' : 'debug'](facts, 'commands registered')
  }

  async function list(team: Team): Promise<readonly CustomCommand[] | undefined> {
    const answer = await api({ method: 'GET', path: `/api/v4/commands?team_id=${team.id}&custom_only=true` })
    if (isDone(answer)) return readList(answer.body, toCommand)
    if (answer.status !== 403) throw refusal(answer)
    log.warn({ team: team.name }, 'the bot may not manage slash commands in this team: see docs/mattermost.md')
    return undefined
  }

  async function change(team: Team, call: Parameters<Api>[0], trigger?: string): Promise<void> {
    const answer = await api(call)
    if (isDone(answer) || (call.method === 'DELETE' && answer.status === 404)) return
    if (trigger && isTaken(answer)) return reportTaken(team, trigger)
    if (answer.status !== 400 && answer.status !== 403) throw refusal(answer)
    log.warn({ team: team.name, trigger, reason: refusal(answer).message }, 'command not registered')
  }

  function reportTaken(team: Team, trigger: string): void {
    log.info({ team: team.name, trigger }, `the word is taken there: /${reachAll} ${trigger} reaches the command`)
  }

  /** Nothing is written where nothing differs. */
  async function keep(team: Team, listed: readonly CustomCommand[]): Promise<void> {
    const ours = listed.filter((one) => one.url === url)
    const secrets = Object.fromEntries(ours.map(({ id, token }) => [id, token]))
    const known = await installations.find(name, team.id)
    if (known && sameTexts(known.secrets, secrets) && known.tenant.name === team.name) return
    const tenant = { id: team.id, name: team.name }
    await installations.save({ id: team.id, platform: name, tenant, details: {}, secrets })
  }

  /** Who takes the bot out of a team has taken back what it gave. */
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
    if (answer.status === 401)
      throw new ConfigError('MATTERMOST_BOT_TOKEN is not, or no longer, a token of the server.')
    if (!isDone(answer)) throw refusal(answer)
    return answer.body
  }

  return register
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
