import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openSecrets, secretText } from './secrets.ts'

let dir: string
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'souk secrets '))
})
afterEach(() => rm(dir, { recursive: true, force: true }))

describe('secrets of an installation', () => {
  it('are made on the first start, for the owner only, and stay the same', async () => {
    const first = await openSecrets({ dir })
    expect((await stat(join(dir, 'secrets.json'))).mode & 0o777).toBe(0o600)
    const second = await openSecrets({ dir })
    expect(second.secret('signing').equals(first.secret('signing'))).toBe(true)
    expect(first.source).toBe('file')
  })

  it('differ by purpose and by installation', async () => {
    const here = await openSecrets({ dir })
    const there = await openSecrets({ dir: join(dir, 'other') })
    const all = [here.secret('a'), here.secret('b'), there.secret('a')].map((secret) => secret.toString('hex'))
    expect(new Set(all).size).toBe(3)
    expect(here.secret('a')).toHaveLength(32)
    expect(here.password('a')).toMatch(/^[\w-]{43}$/)
    expect(here.password('a')).not.toBe(here.secret('a').toString('base64url'))
  })

  it('agree when many processes start at once', async () => {
    const all = await Promise.all(Array.from({ length: 20 }, () => openSecrets({ dir })))
    expect(new Set(all.map((secrets) => secrets.password('x'))).size).toBe(1)
    expect(await readdir(dir)).toEqual(['secrets.json'])
  })

  it('come from the environment where one is given, and are not written down', async () => {
    const secrets = await openSecrets({ dir, secret: 'k3T9vQx7LmZ2rWb8NcYd5HfJg6PsAu4E' })
    expect(secrets.source).toBe('environment')
    expect(await readdir(dir)).toEqual([])
    await expect(openSecrets({ dir, secret: 'secretsecretsecretsecretsecretsecret' })).rejects.toThrow('SOUK_SECRET')
  })

  it('can be taken along from a folder to the environment of other processes', async () => {
    const here = await openSecrets({ dir })
    const text = await secretText({ dir })
    const there = await openSecrets({ dir: join(dir, 'elsewhere'), secret: text })
    expect(there.password('database')).toBe(here.password('database'))
    await expect(openSecrets({ dir, secret: `base64:${Buffer.alloc(20, 'k3T9vQx7Lm').toString('base64')}zzzz` })).rejects.toThrow(
      /fewer than 32 bytes|SOUK_SECRET/,
    )
  })

  it('are refused when others can read the file', async () => {
    await openSecrets({ dir })
    await chmod(join(dir, 'secrets.json'), 0o644)
    await expect(openSecrets({ dir })).rejects.toMatchObject({
      message: expect.stringContaining('other users'),
      mend: expect.stringContaining('chmod 600'),
    })
  })

  it.each(['', '{}', '{"master":"AAAA"}', '{"master":'])('are never made anew over a damaged file: %j', async (text) => {
    const file = join(dir, 'secrets.json')
    await writeFile(file, text, { mode: 0o600 })
    await expect(openSecrets({ dir })).rejects.toThrow('damaged')
    expect(await readFile(file, 'utf8')).toBe(text)
  })
})
