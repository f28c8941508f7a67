import { execFileSync } from 'node:child_process'
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createCipher } from './cipher.ts'
import { FILES, KEY, write } from './repository.fixture.ts'
import { service } from './service.ts'
import type { Settings } from './settings.ts'
import type { Principal } from '#kit/core/principal.ts'
import { startService, type TestService, testUser } from '#kit/testing/service.ts'

const program: Principal = {
  kind: 'program',
  id: 'interop',
  permissions: new Set(['config:read', 'config:cipher', 'config:refresh']),
}
/** What Encryptors.delux(KEY, 'deadbeef') of spring-security-crypto 6.5 made of it. */
const FROM_SPRING = '26539ae68a2cbc2035250e57c8390cdca6f92dc4340a2784ccb8acdabfc828e4e6b6e5edf69cf22b0c9919a9b2'
const SPRING = {
  accept: 'application/vnd.spring-cloud.config-server.v2+json',
  'accept-charset': 'utf-8',
}

let folder: string
let git: TestService
let files: TestService

const inGit = (...args: string[]) =>
  execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.com', ...args], {
    cwd: join(folder, 'git'),
    encoding: 'utf8',
  }).trim()

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'souk-config-test-'))
  await write(join(folder, 'git'), FILES)
  inGit('init', '--quiet', '--initial-branch=main')
  inGit('add', '.')
  inGit('commit', '--quiet', '-m', 'first')
  inGit('branch', 'feature/x')
  await write(join(folder, 'files'), {
    ...FILES,
    'v2/application.yml': 'interop.layer: version two\n',
    'v2/.hidden/application.yml': 'a: 1\n',
    'v2/..as-mounted/inside.txt': 'of a ConfigMap\n',
  })
  await writeFile(join(folder, 'outside.txt'), 'nobody may read this')
  await symlink(join(folder, 'outside.txt'), join(folder, 'files', 'v2', 'link.txt'))
  await symlink('..as-mounted', join(folder, 'files', 'v2', '..data'))
  await symlink('..data/inside.txt', join(folder, 'files', 'v2', 'inside.txt'))
  const open = (settings: Partial<Settings>) =>
    startService(service, {
      settings: {
        defaultLabel: 'main',
        searchPaths: [],
        fetchSeconds: 0,
        encryptKey: KEY,
        formerKeys: [],
        watchSeconds: 1,
        ...settings,
      },
    })
  git = await open({ repository: `git+${pathToFileURL(join(folder, 'git')).href}` })
  files = await open({ repository: pathToFileURL(join(folder, 'files')).href })
})
afterAll(async () => {
  await git?.close()
  await files?.close()
  await rm(folder, { recursive: true, force: true })
})

const get = (url: string, headers: Record<string, string> = {}, from = git) => from.request('GET', url, { as: program, headers })
const text = async (url: string, from = git) => {
  const answer = await get(url, {}, from)
  return answer.status === 200 ? answer.raw.toString() : answer.status
}

describe('a Spring Cloud client', () => {
  it('gets the sources of its environment, the first wins, each value with its place, secrets decrypted', async () => {
    const answer = await get('/interop-client/dev/main', SPRING)
    expect(answer.headers['content-type']).toBe(SPRING.accept)
    expect(answer.body).toMatchObject({
      name: 'interop-client',
      profiles: ['dev'],
      label: 'main',
      version: inGit('rev-parse', 'main'),
      state: '',
    })
    expect(answer.body.propertySources).toEqual([
      {
        name: 'souk:interop-client-dev.properties',
        source: {
          'interop.layer': { value: 'interop-client-dev', origin: '1:15' },
          'interop.secret': 'plain text',
          'invalid.interop.broken': '<n/a>',
        },
      },
      {
        name: 'souk:interop-client.yml',
        source: {
          'interop.layer': { value: 'interop-client', origin: '2:10' },
          'interop.address': { value: 'http://${interop.host:localhost}/', origin: '3:12' },
        },
      },
      { name: 'souk:application.yml (document #1)', source: { 'interop.document': { value: 'only in dev', origin: '16:13' } } },
      {
        name: 'souk:application.yml (document #0)',
        source: {
          'interop.layer': { value: 'application', origin: '2:10' },
          'interop.greeting': { value: 'grüß dich', origin: '3:13' },
          'interop.nested.list[0]': { value: 'one', origin: '6:9' },
          'interop.nested.list[1]': { value: 'two', origin: '7:9' },
          'interop.nested.number': { value: 42, origin: '8:13' },
          'interop.nested.flag': { value: true, origin: '9:11' },
        },
      },
    ])
  })

  it('gets the shared sources for a name nobody knows, and 404 for a label nobody knows', async () => {
    const answer = await get('/nobody/default', { accept: 'application/json' })
    expect(answer.headers['content-type']).toBe('application/json')
    expect(answer.body).toMatchObject({ label: null, profiles: ['default'] })
    expect(answer.body.propertySources.map(({ name }: { name: string }) => name)).toEqual([
      'souk:application.yml (document #2)',
      'souk:application.yml (document #0)',
    ])
    expect(answer.body.propertySources[1].source['interop.nested.number']).toBe(42)
    expect((await get('/interop-client/dev/nowhere')).status).toBe(404)
    expect((await get('/interop-client/dev/feature(_)x')).body.label).toBe('feature/x')
    expect((await get('/interop-client/dev/--help')).status).toBe(400)
    expect((await get('/interop-client%2Cshop-front/dev%2Cuat')).body.profiles).toEqual(['dev,uat'])
  })

  it('sees a commit in the next answer', async () => {
    await write(join(folder, 'git'), { 'interop-client-uat.yml': 'interop.layer: uat\n' })
    inGit('add', '.')
    inGit('commit', '--quiet', '-m', 'second')
    const answer = await get('/interop-client/uat')
    expect(answer.body.propertySources[0].source['interop.layer']).toBe('uat')
    expect(answer.body.version).toBe(inGit('rev-parse', 'main'))
    expect((await get('/interop-client/uat/feature(_)x')).body.propertySources[0].name).toBe('souk:interop-client.yml')
  })
})

describe('an environment in one piece', () => {
  it('is YAML, properties or JSON, with placeholders resolved; lists are not mixed', async () => {
    expect(await text('/interop-client-dev.json')).toContain('"layer":"interop-client-dev"')
    expect(JSON.parse((await text('/main/shop-front-uat.json')) as string).interop.nested).toEqual({
      list: ['three'],
      number: 42,
      flag: true,
    })
    expect(await text('/interop-client-dev.properties')).toMatch(/^interop\.address: http:\/\/localhost\/$/m)
    expect(await text('/interop-client-dev.properties?resolvePlaceholders=false')).toContain('${interop.host:localhost}')
    const yaml = (await text('/config/main/interop-client-dev.yml')) as string
    expect(yaml).toMatch(/list:\n\s+- one\n\s+- two/)
    expect((await get('/interop-client-dev.yml')).headers).toMatchObject({
      'content-type': 'text/plain; charset=utf-8',
      'cache-control': 'no-store',
    })
  })

  it('or a file as it is, for the profile if there is one, and nothing outside of the repository', async () => {
    expect(await text('/interop-client/dev/main/templates/nginx.conf')).toBe('dev only\n')
    expect(await text('/interop-client/prod/main/templates/nginx.conf')).toBe('server_name interop-client;\n')
    const climbs = [
      'nowhere.txt',
      '../outside.txt',
      '..%2Foutside.txt',
      '%2e%2e/outside.txt',
      '.git/config',
      'templates/../../outside.txt',
      '/etc/passwd',
    ]
    for (const path of climbs) expect([400, 404], path).toContain((await get(`/interop-client/dev/main/${path}`)).status)
    expect(await text('/x/dev/v2/inside.txt', files)).toBe('of a ConfigMap\n')
    for (const path of ['link.txt', '.hidden/application.yml', '..data/inside.txt'])
      expect(await text(`/x/dev/v2/${path}`, files)).toBe(404)
    expect([400, 404]).toContain(await text('/x/dev/..%2F..', files))
  })
})

describe('a folder of files', () => {
  it('answers as a repository does; labels are folders in it', async () => {
    expect((await get('/interop-client/dev', {}, files)).body.propertySources[0].name).toBe('souk:interop-client-dev.properties')
    expect((await get('/interop-client/dev/v2', {}, files)).body.propertySources).toMatchObject([
      { source: { 'interop.layer': 'version two' } },
    ])
    expect((await get('/interop-client/dev/v3', {}, files)).status).toBe(404)
  })

  it('that changes is told to every process, once', async () => {
    const told = async () => (await files.events('ConfigRefreshed.v1')).map(({ data }) => (data as { reason: string }).reason)
    await files.runJob('watch-repository')
    expect(await told()).toEqual([])
    await write(join(folder, 'files'), { 'application-prod.yml': 'a: 1\n' })
    await files.runJob('watch-repository')
    await files.runJob('watch-repository')
    expect(await told()).toEqual(['changed'])
    expect((await files.request('POST', '/config/refresh', { as: program, body: {} })).status).toBe(200)
    expect(await told()).toEqual(['changed', 'asked'])
  })

  it('that changes on any branch is told to every process', async () => {
    const told = async () => (await git.events('ConfigRefreshed.v1')).length
    await git.runJob('watch-repository')
    const before = await told()
    await git.runJob('watch-repository')
    expect(await told()).toBe(before)
    inGit('commit', '--quiet', '--allow-empty', '-m', 'on main')
    inGit('branch', '--force', 'feature/x', 'main')
    await git.runJob('watch-repository')
    expect(await told()).toBe(before + 1)
    inGit('branch', '--force', 'feature/x', 'main~1')
    await git.runJob('watch-repository')
    expect(await told()).toBe(before + 2)
  })

  it('with a file that is not valid says so, and does not answer with half of it', async () => {
    await write(join(folder, 'files'), {
      'bad.yml': 'a: [1\n',
      'bomb.yml': `a: &a [${'x,'.repeat(50)}x]\nb: &b [${'*a,'.repeat(50)}*a]\nc: [${'*b,'.repeat(50)}*b]\n`,
    })
    expect((await get('/bad/dev', {}, files)).body).toMatchObject({ status: 503, code: 'config/invalid-file' })
    expect((await get('/bomb/dev', {}, files)).body).toMatchObject({ status: 503, code: 'config/invalid-file' })
  })
})

describe('encrypted values', () => {
  const send = (url: string, raw: string, type = 'text/plain') =>
    git.request('POST', url, { as: program, headers: { 'content-type': type }, raw: Buffer.from(raw) })

  it('come back as they were, also those of a real server with the same key, and not with another key', async () => {
    const encrypted = await send('/encrypt', 'plain text ü')
    expect(encrypted.raw.toString()).toMatch(/^[0-9a-f]+$/)
    expect((await send('/decrypt', encrypted.raw.toString())).raw.toString()).toBe('plain text ü')
    expect((await send('/decrypt', `{cipher}${FROM_SPRING}`)).raw.toString()).toBe('plain text ü')
    const form = await send('/config/encrypt', 'a+b%3D=', 'application/x-www-form-urlencoded')
    expect((await send('/config/decrypt', form.raw.toString())).raw.toString()).toBe('a b=')
    expect((await send('/decrypt', createCipher('another key of many letters').encrypt('x'))).body).toMatchObject({
      status: 400,
      code: 'config/invalid-text',
    })
    expect(createCipher('a new key of many letters', [KEY]).decrypt(FROM_SPRING)).toBe('plain text ü')
    expect((await send('/encrypt', '')).status).toBe(400)
    expect((await get('/encrypt/status')).body).toEqual({ status: 'OK' })
    expect((await get('/key')).status).toBe(404)
  })
})

describe('who may read', () => {
  it('is who was given it: nobody else, and nobody by way of an address of others', async () => {
    for (const url of ['/interop-client/dev', '/config/interop-client/dev', '/interop-client-dev.yml', '/a/b/main/c.txt']) {
      expect((await git.request('GET', url)).status).toBe(401)
      expect((await git.request('GET', url, { as: testUser('x', ['gateway:read']) })).status).toBe(403)
    }
    expect((await git.request('POST', '/decrypt', { raw: Buffer.from('00') })).status).toBe(401)
    expect((await get('/api/nothing')).status).toBe(404)
  })
})
