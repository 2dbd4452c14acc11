import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'

/** What no file of src/ imports, and most who change something need at once. */
const everyday = ['@biomejs/biome', 'fast-check', 'supertest']

describe('an `npm install` of the repository', () => {
  it('brings what the bot is made of, and no package that only a few tests need: those are in test/package.json', () => {
    const { devDependencies } = JSON.parse(readFileSync('package.json', 'utf8')) as Record<string, object>
    const packages = Object.keys(devDependencies ?? {}).filter((name) => !name.startsWith('@types/'))
    const source = readdirSync('src', { recursive: true, encoding: 'utf8' })
      .filter((path) => path.endsWith('.ts'))
      .map((path) => readFileSync(join('src', path), 'utf8'))
      .join('\n')
    const idle = packages.filter((name) => !source.includes(`'${name}'`) && !source.includes(`'${name}/`))
    expect(idle.sort()).toEqual(everyday)
  })
})
