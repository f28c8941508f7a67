import { createServer } from 'node:http'
import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Type from 'typebox'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readConfiguration } from './configuration.ts'
import { readVariables } from './configuration-variables.ts'
import { liveSettings } from './live-settings.ts'
import { readSettings } from './settings.ts'

const root = new URL('../../', import.meta.url)

describe('settings of a configuration server', () => {
  it('are understood however Spring would write them; the first source wins, lists as a whole', () => {
    expect(
      readVariables([
        {
          source: {
            'gateway.timeout-ms': 500,
            'cors-origins[0]': 'https://a',
            'cors-origins[1]': 'https://b',
            'features.gift-wrap': true,
          },
        },
        {
          source: {
            'gateway.timeoutMs': 900,
            'cors-origins[2]': 'https://c',
            RATE_LIMIT_PER_MINUTE: 7,
            'features.new-search': 25,
            'features.gift-wrap': false,
          },
        },
      ]),
    ).toEqual({
      GATEWAY_TIMEOUT_MS: '500',
      CORS_ORIGINS: 'https://a,https://b',
      RATE_LIMIT_PER_MINUTE: '7',
      FEATURES: 'gift-wrap=true,new-search=25',
    })
  })
})

describe('a process with a configuration server', () => {
  const seen: { url: string | undefined; authorization: string | undefined }[] = []
  let status = 200
  const said: Record<string, unknown> = {
    'rate-limit-per-minute': 7,
    'orders.place-timeout-ms': 1,
    'log-level': 'debug',
    'node.options': '--require /tmp/evil.js',
    NODE_OPTIONS: '--require /tmp/evil.js',
    'souk.secret': 'x'.repeat(40),
    'mail.from': 'Secret Shop <secret@example.com>',
  }
  const server = createServer((request, answer) => {
    seen.push({ url: request.url, authorization: request.headers.authorization })
    answer
      .writeHead(status, { 'content-type': 'application/json' })
      .end(JSON.stringify({ propertySources: [{ name: 'a', source: said }] }))
  })
  let dir: string
  let base: Record<string, string>
  beforeAll(async () => {
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    dir = await mkdtemp(join(tmpdir(), 'souk-configuration-'))
    const { port } = server.address() as AddressInfo
    base = { SOUK_DIR: dir, CONFIG_URL: `http://me:secret@127.0.0.1:${port}/config`, LOG_LEVEL: 'warn', PATH: '/bin' }
  })
  afterAll(async () => {
    server.close()
    await rm(dir, { recursive: true, force: true })
  })
  const read = (change: Record<string, string> = {}, only?: string[]) =>
    readConfiguration({ environment: { ...base, ...change }, root, only }, 0)

  it('has its settings below its own environment, and nothing that is no setting', async () => {
    const { environment, from } = await read({ CONFIG_LABEL: 'feature/x' }, ['orders'])
    expect(from).toBe('server')
    expect(seen.at(-1)).toEqual({
      url: '/config/souk,orders/dev/feature(_)x',
      authorization: `Basic ${Buffer.from('me:secret').toString('base64')}`,
    })
    expect(environment).toMatchObject({ RATE_LIMIT_PER_MINUTE: '7', LOG_LEVEL: 'warn', ORDERS_PLACE_TIMEOUT_MS: '1' })
    expect(environment['NODE_OPTIONS']).toBeUndefined()
    expect(environment['SOUK_SECRET']).toBeUndefined()
    // a child process tells them from its own, so that a setting may also vanish
    const child = await readConfiguration({ environment: { ...environment, CONFIG_URL: '' }, root, only: ['orders'] }, 0)
    expect(child.environment['RATE_LIMIT_PER_MINUTE']).toBeUndefined()
    expect(child.environment['LOG_LEVEL']).toBe('warn')
  })

  it('starts with what it was told the last time when the server is away, and keeps it sealed', async () => {
    await read()
    status = 503
    const { environment, from } = await read()
    expect([from, environment['RATE_LIMIT_PER_MINUTE']]).toEqual(['copy', '7'])
    const files = (await readdir(dir)).filter((name) => name.endsWith('.sealed'))
    expect(files.length).toBeGreaterThan(0)
    for (const file of files) expect((await readFile(join(dir, file))).includes('secret@example.com')).toBe(false)
    expect((await read({ CONFIG_PROFILE: 'uat' })).from).toBe('none')
    await expect(read({ CONFIG_PROFILE: 'uat', CONFIG_REQUIRED: 'true' })).rejects.toThrow(/configuration cannot be read/)
    status = 200
  })

  it('asks the next one when the first of several does not answer', async () => {
    const { environment, from } = await read({ CONFIG_URL: `http://127.0.0.1:1/,${base['CONFIG_URL']}` })
    expect([from, environment['RATE_LIMIT_PER_MINUTE']]).toEqual(['server', '7'])
  })

  it('shows a token of the installation where the URL has no name', async () => {
    await read({ CONFIG_URL: base['CONFIG_URL']!.replace('me:secret@', '') })
    expect(seen.at(-1)!.authorization).toMatch(/^Bearer eyJ/)
  })
})

describe('settings that change while the shop runs', () => {
  it('are those that may; the others wait for the next start', () => {
    const services = [
      { name: 'things', settings: Type.Object({ limit: Type.Integer({ refreshable: true }), size: Type.Integer() }) },
    ]
    const settingsOf = (environment: Record<string, string>) =>
      readSettings({ THINGS_LIMIT: '1', THINGS_SIZE: '1', ...environment }, { root, services })
    const live = liveSettings(settingsOf({}), services)
    const things = live.settings.services['things']!.own as { limit: number; size: number }
    const applied = live.apply(settingsOf({ THINGS_LIMIT: '2', THINGS_SIZE: '2', RATE_LIMIT_PER_MINUTE: '5', HTTP_WORKERS: '3' }))
    expect(applied).toEqual({ changed: ['RATE_LIMIT_PER_MINUTE', 'THINGS_LIMIT'], waiting: ['HTTP_WORKERS', 'THINGS_SIZE'] })
    expect([things.limit, things.size, live.settings.rateLimitPerMinute, live.settings.httpWorkers]).toEqual([2, 1, 5, 1])
  })
})
