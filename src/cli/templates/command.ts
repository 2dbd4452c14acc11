/** A command to start from. */
export function commandTemplate(name: string): string {
  return `import { command, say } from 'slashroom'

/** \`/${name}\` greets someone, until you make it do something useful. */
export default command({
  summary: 'Greets someone',
  options: {
    who: { type: 'string', positional: true, default: 'world', summary: 'Who to greet' },
  },
  run({ options, invocation }) {
    return say(\`Hello, \${options.who}! \${invocation.user.name} says so.\`)
  },
})
`
}

/** The test of that command, which imports it by \`specifier\`. */
export function testTemplate(name: string, specifier: string): string {
  const command = toIdentifier(name)
  return `import { say } from 'slashroom'
import { testRoom } from 'slashroom/testing'
import { describe, expect, it } from 'vitest'
import ${command} from '${specifier}'

describe('/${name}', () => {
  const room = testRoom({ '${name}': ${command} }, { user: 'Ada' })

  it('greets the given name', async () => {
    expect(await room.type('/${name} Grace')).toEqual([say('Hello, Grace! Ada says so.')])
  })

  it('greets the world by default', async () => {
    expect(await room.type('/${name}')).toEqual([say('Hello, world! Ada says so.')])
  })
})
`
}

/** `deploy status` becomes `deployStatus`; reserved words are avoided. */
function toIdentifier(name: string): string {
  const camel = name.replace(/[^\p{L}\p{N}]+(.)?/gu, (_, next: string = '') => next.toUpperCase())
  return /^\p{L}/u.test(camel) && !imported.has(camel) ? camel : `its${camel.charAt(0).toUpperCase()}${camel.slice(1)}`
}

const imported = new Set(
  `say testRoom describe expect it break case catch class const continue debugger default delete do else enum export
  extends false finally for function if import in instanceof new null return super switch this throw true try typeof var
  void while with yield let static await implements interface package private protected public arguments eval`.split(
    /\s+/,
  ),
)
