import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { testRoom } from 'slashroom/testing'
import { describe, expect, it } from 'vitest'

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))
const examples = readdirSync(here('.'), { withFileTypes: true }).filter((entry) => entry.isDirectory())
const files = readdirSync(here('.'), { recursive: true, encoding: 'utf8' })
  .map((file) => file.replaceAll('\\', '/'))
  .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))

describe('the cookbook', () => {
  const cookbook = readFileSync(here('../docs/cookbook.md'), 'utf8')

  it.each(files)('shows examples/%s as it stands', (file) => {
    expect(cookbook).toContain(`\`examples/${file}\`\n\n\`\`\`ts\n${readFileSync(here(file), 'utf8')}\`\`\``)
  })

  it.each(examples.map(({ name }) => name))(
    'has a folder %s that a bot can load and help can explain',
    async (name) => {
      const [help] = await testRoom(here(name)).type('/help')
      expect(JSON.stringify(help)).toMatch(/\/[a-z]+/)
    },
  )
})
