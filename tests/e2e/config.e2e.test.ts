// topology: its own
import { execFileSync } from 'node:child_process'
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { eventually } from '#kit/testing/eventually.ts'
import { type Client, client, expectStatus } from './client.ts'
import { type Apart, openApart } from './shop-apart.ts'

const PROGRAM = 'interop:a-password-of-a-program'
const basic = { authorization: `Basic ${Buffer.from(PROGRAM).toString('base64')}` }

let repository: string
let shop: Apart
let guest: Client
let staff: Client
let config: Client

const git = (...args: string[]) =>
  execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.com', ...args], { cwd: repository, stdio: 'pipe' })
/** Commits a file to the branch that the shop follows. */
async function write(file: string, text: string): Promise<void> {
  await writeFile(join(repository, file), text)
  git('add', '.')
  git('commit', '--quiet', '--allow-empty', '-m', file)
}

/** The configuration in a process of its own, on a git repository; the shop in another, which reads its settings there, from a branch. */
beforeAll(async () => {
  const others = (await readdir(new URL('../../services/', import.meta.url))).filter((name) => name !== 'config')
  repository = await mkdtemp(join(tmpdir(), 'souk-repository-'))
  git('init', '--quiet', '--initial-branch=main')
  await write('application.yml', 'rate-limit-per-minute: 1\n')
  git('switch', '--quiet', '--create', 'live')
  await write(
    'application.yml',
    'rate-limit-per-minute: 500\nmail-from: Shop <shop@example.com>\nfeatures:\n  gift-wrap: true\n  new-search: 25\n',
  )
  await write('souk-uat.properties', 'rate-limit-per-minute=700\n')
  shop = await openApart(
    { config: ['config'], rest: others },
    {
      environment: {
        CONFIG_REPOSITORY: `git+${pathToFileURL(repository).href}`,
        CONFIG_LABEL: 'live',
        CONFIG_WATCH_SECONDS: '1',
        CONFIG_PROFILE: 'uat',
        PROGRAMS: PROGRAM,
        RATE_LIMIT_PER_MINUTE: '',
      },
      config: 'config',
      later: ['rest'],
    },
  )
  await shop.start('rest')
  guest = client(shop.url('rest'))
  config = client(shop.url('config'), { accept: 'application/json' })
  const { email, password } = shop.administrator
  const answer = await eventually(async () => expectStatus(await guest.post('/api/auth/login', { email, password }), 200), {
    timeoutMs: 30_000,
  })
  staff = guest.with({ authorization: `Bearer ${answer.body.accessToken}` })
}, 150_000)
afterAll(async () => {
  await shop?.remove()
  await rm(repository, { recursive: true, force: true })
})

const soon = { timeoutMs: 30_000, everyMs: 100 }
const limit = async () => (await guest.get('/api/products')).headers.get('ratelimit-limit')

describe('a shop that reads its settings from the configuration', () => {
  it('has those of its profile, and the features', async () => {
    expect(await limit()).toBe('700')
    expect(expectStatus(await staff.get('/actuator/features'), 200).body.features).toEqual([
      { name: 'gift-wrap', percent: 100 },
      { name: 'new-search', percent: 25 },
    ])
    expectStatus(await guest.get('/actuator/features'), 401)
  })

  it('takes a change over without a restart: told by the bus, or asked to look', async () => {
    await write('souk-uat.properties', 'rate-limit-per-minute=900\n')
    await eventually(async () => expect(await limit()).toBe('900'), soon)
    let tries = 0
    // what the bus has told it first is no news to whoever is asked to look
    await eventually(async () => {
      tries += 1
      await write('application.yml', `features:\n  gift-wrap: false\n  tries: ${tries}\nhttp-workers: 2\n`)
      expect(expectStatus(await staff.post('/actuator/refresh'), 200).body).toContain('FEATURES')
    }, soon)
    expect((await staff.get('/actuator/features')).body.features).toEqual([
      { name: 'gift-wrap', percent: 0 },
      { name: 'tries', percent: tries },
    ])
    expectStatus(await guest.post('/actuator/refresh'), 401)
    expectStatus(await guest.with(basic).post('/actuator/busrefresh'), 204)
  })

  it('keeps its settings when the new ones are wrong, and says so', async () => {
    await write('souk-uat.properties', 'rate-limit-per-minute=many\n')
    expect(expectStatus(await staff.post('/actuator/refresh'), 503).body.code).toBe('http/not-refreshed')
    expect(await limit()).toBe('900')
    await write('souk-uat.properties', 'rate-limit-per-minute=901\n')
    await eventually(async () => expect(await limit()).toBe('901'), soon)
  })

  it('has from it what is a secret there', async () => {
    const headers = { ...basic, 'content-type': 'text/plain' }
    const secret = await fetch(`${shop.url('config')}/encrypt`, { method: 'POST', headers, body: '902' })
    expect(secret.status).toBe(200)
    await write('souk-uat.properties', `rate-limit-per-minute={cipher}${await secret.text()}\n`)
    await eventually(async () => expect(await limit()).toBe('902'), soon)
  })

  it('starts again while the configuration is away, with what it was told the last time', async () => {
    await shop.kill('config')
    expectStatus(await staff.post('/actuator/refresh'), 503)
    await shop.stop('rest')
    await shop.start('rest')
    await eventually(async () => expect(await limit()).toBe('902'), soon)
  }, 120_000)
})

describe('the configuration', () => {
  it('is open to nobody without a name, at the root of its own process and below /config of the shop', async () => {
    await shop.start('config')
    expectStatus(await config.get('/interop-client/uat'), 401)
    expectStatus(await config.with(basic).get('/interop-client/uat'), 200)
    expectStatus(await guest.get('/config/souk/uat'), 401)
    const through = await eventually(async () => expectStatus(await guest.with(basic).get('/config/souk/uat/live'), 200), soon)
    expect(through.body.propertySources[0].source).toEqual({ 'rate-limit-per-minute': '902' })
    // not at the root of the shop, whose pages are still being opened
    await eventually(async () => expectStatus(await guest.get('/souk/uat'), 404), soon)
  }, 120_000)
})
