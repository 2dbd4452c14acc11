import { mkdir, symlink, writeFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { loadEnvFile } from '../../src/cli/load-env-file.js'
import { emptyFolder, standIn } from './terminal.js'

describe('.env', () => {
  it('sets what the environment does not', async () => {
    standIn(await emptyFolder())
    await writeFile('.env', "# mine\nIRC_CHANNELS='#ops, #dev'\nPORT=3000\nHOST=\nLOG_LEVEL=debug\n")
    const env = { PORT: '4000', LOG_LEVEL: '' }
    loadEnvFile(env)
    expect(env).toEqual({ IRC_CHANNELS: '#ops, #dev', PORT: '4000', HOST: '', LOG_LEVEL: '' })
  })

  it('may be missing, or be a folder', async () => {
    standIn(await emptyFolder())
    const env = {}
    loadEnvFile(env)
    await mkdir('.env')
    loadEnvFile(env)
    expect(env).toEqual({})
  })

  it('stops what cannot read it', async () => {
    standIn(await emptyFolder())
    await symlink('.env', '.env')
    expect(() => loadEnvFile({})).toThrow(/^\.env cannot be read: ELOOP/)
  })
})
