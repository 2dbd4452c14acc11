import { randomToken } from '../../shared/random-token.js'
import { type Check, object, ofType, optional, refuse, required, text } from '../world/body-checks.js'
import type { Person } from '../world/state.js'
import { historyOf, membersOf, placeIn } from './messages.js'
import type { RestDeps } from './rest-deps.js'

/** The group's people: reads, adds, changes and removes them, and sends them messages. */
export function userRoutes(deps: RestDeps): void {
  readUsers(deps)
  manageUsers(deps)
}

function readUsers({ route, world, serializers, api }: RestDeps): void {
  route('get', '/v2/user', ['view_group'], (ctx) => {
    ctx.body = serializers.page(world.people().map(serializers.person), `${api()}/user`, placeIn(ctx, 1000))
  })

  route('get', '/v2/user/:user', ['view_group'], (ctx) => {
    ctx.body = serializers.personInFull(world.person(ctx.params['user'] ?? ''))
  })

  for (const path of ['history', 'history/latest']) {
    route('get', `/v2/user/:user/${path}`, ['view_messages'], (ctx) => {
      const { id } = world.person(ctx.params['user'] ?? '')
      const entries = world.rooms().flatMap(({ history }) => history.filter(({ toUserId }) => toUserId === id))
      entries.sort((one, other) => Date.parse(one.date) - Date.parse(other.date))
      ctx.body = historyOf(ctx, entries, `${api()}/user/${id}/${path}`, serializers)
    })
  }

  // Nobody has rooms that open automatically.
  route('get', '/v2/user/:user/preference/auto-join', ['view_group'], (ctx) => {
    const { id } = world.person(ctx.params['user'] ?? '')
    ctx.body = serializers.page([], `${api()}/user/${id}/preference/auto-join`, placeIn(ctx, 1000))
  })

  route('get', '/v2/group/:group', ['view_group'], (ctx) => {
    ctx.body = serializers.group(world.state.group)
  })
}

function manageUsers({ route, world, api, worldChanged }: RestDeps): void {
  route('post', '/v2/user', ['admin_group'], (ctx) => {
    const given = membersOf(ctx)
    checkNewUser(given, '')
    const { name = '', email = '', ...others } = personIn(given)
    const mentionName = others.mentionName ?? name.replace(/[^\p{L}\p{N}_]/gu, '')
    const person = world.addPerson({ timezone: 'UTC', ...others, name, email, mentionName })
    worldChanged()
    ctx.status = 201
    ctx.set('Location', `${api()}/user/${person.id}`)
    // Clients expect the generated password if they send none; nobody signs in with it.
    const { password } = given
    const made = typeof password === 'string' && password ? {} : { password: randomToken(12) }
    ctx.body = { id: person.id, links: { self: `${api()}/user/${person.id}` }, ...made }
  })

  route('put', '/v2/user/:user', ['admin_group'], (ctx) => {
    const person = world.person(ctx.params['user'] ?? '')
    const given = membersOf(ctx)
    checkUser(given, '')
    world.changePerson(person, personIn(given))
    worldChanged()
    ctx.status = 204
  })

  route('delete', '/v2/user/:user', ['admin_group'], (ctx) => {
    const person = world.person(ctx.params['user'] ?? '')
    world.changePerson(person, { isDeleted: true })
    world.state.tokens = world.state.tokens.filter(({ userId }) => userId !== person.id)
    worldChanged()
    ctx.status = 204
  })
}

const shared: Readonly<Record<string, Check>> = {
  title: optional(text(0, 50)),
  mention_name: optional(text(1, 50)),
  is_group_admin: optional(ofType('boolean')),
  timezone: optional(timezone),
}
const checkUser = object({ ...shared, name: optional(text(1, 50)), email: optional(text(1, 255)) })
const checkNewUser = object({ ...shared, name: required(text(1, 50)), email: required(text(1, 255)) })

function timezone(value: unknown, field: string): void {
  text(1, 100)(value, field)
  try {
    new Intl.DateTimeFormat('en', { timeZone: String(value) })
  } catch {
    refuse(field, value, 'format', 'Value %v for field %f is not a time zone')
  }
}

/** Applies a validated body to a person; missing members change nothing. */
function personIn(given: Readonly<Record<string, unknown>>): Partial<Person> {
  const fields = Object.entries(fieldOf).filter(([name]) => given[name] !== undefined && given[name] !== null)
  return Object.fromEntries(fields.map(([name, field]) => [field, given[name]]))
}

const fieldOf: Readonly<Record<string, keyof Person>> = {
  name: 'name',
  email: 'email',
  title: 'title',
  mention_name: 'mentionName',
  timezone: 'timezone',
  is_group_admin: 'isAdmin',
}
