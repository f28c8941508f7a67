import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { beforeAll, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { defaultSettings } from '#kit/db/embedded-config.ts'
import { loadServices } from '../../apps/souk/load.ts'
import { deployFiles } from '../../apps/souk/reference/deploy-files.ts'
import { aliases } from '../../apps/souk/settings-aliases.ts'
import { BESIDE_POOLS } from '../../apps/souk/stack/connections.ts'
import { settingsTable } from '../../apps/souk/settings-table.ts'
import { serviceTable } from '../../apps/souk/service-table.ts'
import { serviceVariable } from '../../apps/souk/settings.ts'
import { addressOf, engineNames, engineSettings } from '../../apps/souk/stack/engines.ts'

const root = new URL('../../', import.meta.url)
const read = (path: string) => readFile(new URL(path, root), 'utf8')
const there = (path: string) => existsSync(fileURLToPath(new URL(path, root)))

interface Container {
  readonly image?: string
  readonly extends?: { readonly file: string; readonly service: string }
  readonly command?: readonly string[]
  readonly environment?: Readonly<Record<string, string>>
  readonly depends_on?: Readonly<Record<string, unknown>> | readonly string[]
  readonly healthcheck?: object
  readonly restart?: string
  readonly profiles?: readonly string[]
  readonly ports?: readonly string[]
  readonly volumes?: readonly string[]
  readonly deploy?: { readonly resources?: { readonly limits?: { cpus?: string; memory?: string } } }
}
const compose = async (name: string) =>
  (parse(await read(`deploy/compose/${name}.yaml`), { merge: true }) as { services: Record<string, Container> }).services

let services: Awaited<ReturnType<typeof loadServices>>[number]['service'][]
let settings: Set<string>

beforeAll(async () => {
  services = (await loadServices({ root })).map(({ service }) => service)
  settings = new Set([
    ...Object.values(settingsTable).map(({ env }) => env),
    ...aliases.map(({ env }) => env),
    ...services.flatMap(({ name, settings: own }) =>
      [...Object.keys(own?.properties ?? {}), ...Object.values(serviceTable).map(({ key }) => key)].map((key) =>
        serviceVariable(name, key),
      ),
    ),
  ])
}, 60_000)

describe('files for deployments', () => {
  it('know every service, and none besides: they are made from the manifests', async () => {
    for (const [path, text] of deployFiles(services)) expect(await read(path), `${path}: run \`npm run docs\``).toBe(text)
  })

  it('start every service by compose, after what it needs', async () => {
    const [engines, started, windows] = await Promise.all([compose('engines'), compose('services'), compose('uis')])
    const all = { ...engines, ...started, ...windows }
    expect(
      Object.keys(started)
        .filter((name) => name !== 'migrate')
        .sort(),
    ).toEqual(services.map(({ name }) => name).sort())
    for (const [name, { depends_on: needs = {} }] of Object.entries(all))
      for (const need of Array.isArray(needs) ? needs : Object.keys(needs))
        expect(Object.keys(all), `${name} needs`).toContain(need)
    expect(started.orders).toMatchObject({
      command: ['serve', 'orders'],
      depends_on: { config: { condition: 'service_healthy' }, registry: { condition: 'service_healthy' } },
    })
    expect(started.config!.depends_on).toEqual({ migrate: { condition: 'service_completed_successfully' } })
    // well, as `souk stack` asks it; to live is not enough
    expect([started.config!.healthcheck, started.registry!.healthcheck]).toEqual([
      { test: ['CMD', 'node', '/health.mjs', '8888', 'config'] },
      { test: ['CMD', 'node', '/health.mjs', '8761', 'registry'] },
    ])
    // and use what they waited for
    const { process: common } = await compose('process')
    for (const variable of ['CONFIG_URL', 'REGISTRY_URL']) {
      const { hostname, port } = new URL(common!.environment![variable]!)
      expect(started[hostname]!.environment!['PORT'], variable).toBe(port)
    }
  })

  it('give the config service, and nobody else, the folder with the settings of all', async () => {
    const started = await compose('services')
    const mounted = Object.entries(started).filter(([, { volumes = [] }]) => volumes.length > 0)
    expect(mounted.map(([name, { volumes }]) => [name, volumes])).toEqual([['config', ['${CONFIG_FOLDER:-config}:/config:ro']]])
  })

  it('open no more connections than PostgreSQL takes, with room for migrations, windows and a person', async () => {
    const { postgres } = await compose('engines')
    const { process: common } = await compose('process')
    const most = Number(/max_connections=(\d+)/.exec(postgres!.command!.join(' '))![1])
    const each = Number(common!.environment!['DATABASE_CONNECTIONS']) + BESIDE_POOLS
    expect(services.length * each + 20).toBeLessThanOrEqual(most)
  })

  it('set only settings that there are', async () => {
    const { process: common } = await compose('process')
    const named = [
      ...Object.keys(common!.environment!),
      ...Object.values(await compose('services')).flatMap(({ environment = {} }) => Object.keys(environment)),
    ]
    for (const file of ['values', 'values-dev', 'values-uat', 'values-prod']) {
      const values = parse(await read(`deploy/helm/souk/${file}.yaml`)) as { settings?: object }
      named.push(...Object.keys(values.settings ?? {}))
    }
    const chart = await read('deploy/helm/souk/templates/services.yaml')
    named.push(...(chart.match(/name: [A-Z_]+(?=, value)/g) ?? []).map((found) => found.slice(6)))
    expect(named.length).toBeGreaterThan(20)
    expect([...new Set(named)].filter((name) => !settings.has(name))).toEqual([])
  })

  it('give every engine and window a limit, a fixed version and no door to the network', async () => {
    const containers = { ...(await compose('engines')), ...(await compose('uis')) }
    for (const [name, { image, restart, ports = [], deploy, healthcheck, profiles }] of Object.entries(containers)) {
      expect(image, name).toMatch(/:v?\d/)
      for (const port of ports) expect(port, name).toMatch(/^127\.0\.0\.1:/)
      if (restart === 'no') continue
      expect(deploy?.resources?.limits, name).toMatchObject({ cpus: expect.any(String), memory: expect.any(String) })
      if (!name.endsWith('-ui') && name !== 'pgadmin' && !profiles) expect(healthcheck, name).toBeDefined()
    }
  })

  it('open every engine on this machine, where a stack looks for it', async () => {
    const containers = await compose('engines')
    const published = Object.values(containers).flatMap(({ ports = [] }) => ports)
    for (const name of engineNames) {
      const [address] = Object.values(engineSettings([name], {}))
      const { hostname, port } = addressOf(address!)
      expect(hostname, name).toBe('127.0.0.1')
      expect(
        published.map((one) => one.slice(0, one.lastIndexOf(':'))),
        name,
      ).toContain(`127.0.0.1:${port}`)
    }
    // Kafka's clients come back to the address it tells them
    const { environment, ports } = containers.kafka!
    const [, machine] = /HOST:\/\/(127\.0\.0\.1:\d+)/.exec(environment!['KAFKA_ADVERTISED_LISTENERS']!) ?? []
    const [, door] = /HOST:\/\/:(\d+)/.exec(environment!['KAFKA_LISTENERS']!) ?? []
    expect(ports).toEqual([`${machine}:${door}`])
    expect(machine).toBe(new URL(engineSettings(['kafka'], {})['BUS_URL']!).host)
  })

  it('let no slot that nobody reads fill the disk, and have a slot for every service with a database of its own', async () => {
    const { postgres } = await compose('engines')
    const set = Object.fromEntries(
      postgres!.command!.filter((word) => word.startsWith('-c')).map((word) => word.slice(2).split('=')),
    )
    const embedded = defaultSettings()
    expect(set['max_slot_wal_keep_size']).toBe(embedded['max_slot_wal_keep_size'])
    // and one for changes of rows
    for (const name of ['max_replication_slots', 'max_wal_senders']) expect(Number(set[name])).toBeGreaterThan(services.length)
  })

  it('are the versions of engines that the drivers were tried with', async () => {
    const containers = await compose('engines')
    const tried = await read('deploy/README.md')
    for (const name of ['kafka', 'debezium']) expect(tried, name).toContain(`\`${containers[name]!.image}\``)
  })

  it('know the environments of the shop: so many pods, TLS where shoppers are', async () => {
    const of = async (name: string) => parse(await read(`deploy/helm/souk/values-${name}.yaml`)) as Record<string, never>
    expect(await of('dev')).toMatchObject({ replicas: 2, autoscaling: { min: 2, max: 5 } })
    expect(await of('uat')).toMatchObject({ replicas: 3, autoscaling: { min: 3, max: 10 } })
    expect(await of('prod')).toMatchObject({ replicas: 5, autoscaling: { min: 5, max: 20 }, ingress: { tls: { enabled: true } } })
  })
})

describe('the image', () => {
  it('runs as nobody in particular, on the Node of the lock file, and says whether it is well', async () => {
    const lines = (await read('deploy/docker/Dockerfile')).split('\n')
    const { dependencies } = JSON.parse(await read('package.json')) as { dependencies: { node: string } }
    expect(lines).toContain(`ARG NODE=${dependencies.node}`)
    expect(lines.filter((line) => line.startsWith('FROM '))).toSatisfy((all: string[]) =>
      all.every((line) => line.startsWith(['FROM node:$', '{NODE}-'].join(''))),
    )
    const last = lines.slice(lines.findLastIndex((line) => line.startsWith('FROM ')))
    expect(last.some((line) => /^USER [1-9]\d*:[1-9]\d*$/.test(line))).toBe(true)
    expect(last.some((line) => line.startsWith('HEALTHCHECK '))).toBe(true)
    expect(last.findIndex((line) => line.startsWith('USER '))).toBeGreaterThan(
      last.findLastIndex((line) => line.startsWith('COPY ')),
    )
  })

  it('is well when the part that is asked says so', async () => {
    const server = createServer((request, answer) => void answer.writeHead(request.url === well ? 200 : 503).end())
    let well = '/actuator/health/liveness'
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    const check = async (...args: string[]) => {
      const run = spawn(process.execPath, [fileURLToPath(new URL('deploy/docker/health.mjs', root)), String(port), ...args])
      return (await once(run, 'close'))[0] as number
    }
    expect([await check(), await check('readiness')]).toEqual([0, 1])
    well = '/actuator/health/readiness'
    expect([await check(), await check('readiness')]).toEqual([1, 0])
    server.close()
  })

  it('has the git program, with which the config service reads repositories, and trusts whom browsers trust', async () => {
    const [, last = ''] = (await read('deploy/docker/Dockerfile')).split(/^FROM .*(?![\s\S]*^FROM )/m)
    expect(await read('services/config/git-repository.ts')).toContain("execFile('git'")
    expect(last).toMatch(/apt-get install [^&]*\bgit ca-certificates\b/)
    expect(last.indexOf('apt-get install')).toBeLessThan(last.indexOf('USER '))
  })

  it('copies what there is, and no secret', async () => {
    const ignored = (await read('.dockerignore')).split('\n')
    expect(ignored[0]).toBe('*')
    for (const line of ignored.filter((one) => one.startsWith('!'))) expect(there(line.slice(1)), line).toBe(true)
    expect(ignored).toContain('**/.souk')
  })
})

describe('the pipeline', () => {
  it('builds, tests, packages, deploys, verifies and watches, with scripts that there are', async () => {
    const text = await read('deploy/jenkins/Jenkinsfile')
    expect([...text.matchAll(/stage\('(\w+)'\)/g)].map(([, name]) => name)).toEqual([
      'Build',
      'Test',
      'Package',
      'Approve',
      'Deploy',
      'Verify',
      'Monitor',
    ])
    const scripts = [...text.matchAll(/bash ((?:deploy|\.ci)\/[\w./-]+)/g)].map(([, path]) => path!)
    expect(scripts.length).toBeGreaterThan(2)
    expect(scripts.filter((path) => !there(path))).toEqual([])
  })
})
