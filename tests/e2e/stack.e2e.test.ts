// topology: its own
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { eventually } from '#kit/testing/eventually.ts'
import { client, expectStatus, signIn } from './client.ts'
import { openOwnShop, type OwnShop } from './shop.ts'
import { orderOf, sell } from './stock-the-shop.ts'
import { launch } from './topology.ts'

interface Status {
  readonly topology: string
  readonly processes: readonly { name: string; state: string; pid: number; restarts: number; services: string[]; url: string }[]
}

let shop: OwnShop
let repository: string
beforeAll(async () => {
  repository = await mkdtemp(join(tmpdir(), 'souk-repository-'))
  await writeFile(join(repository, 'application.yml'), 'rate-limit-per-minute: 98765\n')
  const settings = { CONFIG_REPOSITORY: pathToFileURL(repository).href, RATE_LIMIT_PER_MINUTE: '' }
  shop = await openOwnShop(settings, undefined, launch('mixed'))
})
afterAll(async () => {
  await shop?.remove()
  await rm(repository, { recursive: true, force: true })
})

const status = async () => (await shop.command('stack', 'status')).lines.at(-1) as unknown as Status
const order = () => client(shop.url).post('/api/orders', orderOf('split'))

async function listenOn(server: Server, port: number): Promise<void> {
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
}

describe('a shop in several processes that were started with one command', () => {
  it('has each service once, the gateway for itself, and sells', async () => {
    const { topology, processes } = await status()
    expect(topology).toBe('mixed')
    expect(processes.map(({ name }) => name).sort()).toEqual(['back-office', 'gateway', 'shop'])
    expect(processes.map(({ state }) => state)).toEqual(['up', 'up', 'up'])
    const names = processes.flatMap(({ services }) => services)
    expect(new Set(names).size).toBe(names.length)
    expect(processes.find(({ name }) => name === 'gateway')?.services).toEqual(['gateway'])
    const staff = await signIn(shop.url, shop.administrator.email, shop.administrator.password)
    await sell(staff, 'split', { units: 50 })
    expect(expectStatus(await order(), 201).body.status).toBe('CONFIRMED')
  }, 60_000)

  it('has its settings from the configuration that is one of them', async () => {
    // said by the gateway, which is another process than the configuration
    expect((await client(shop.url).get('/api/products')).headers.get('ratelimit-limit')).toBe('98765')
  })

  it('brings back a process that was killed, and sells again', async () => {
    const before = (await status()).processes.find(({ name }) => name === 'shop')!
    process.kill(before.pid, 'SIGKILL')
    await eventually(
      async () => {
        const now = (await status()).processes.find(({ name }) => name === 'shop')!
        expect(now).toMatchObject({ state: 'up', restarts: 1 })
        expect(now.pid).not.toBe(before.pid)
      },
      { timeoutMs: 60_000, everyMs: 500 },
    )
    await eventually(async () => void expectStatus(await order(), 201), { timeoutMs: 60_000, everyMs: 500 })
  }, 150_000)

  it('takes one process after the other, and all of them are new then', async () => {
    const before = (await status()).processes.map(({ pid }) => pid)
    const { code, lines } = await shop.command('stack', 'restart')
    expect({ code, last: lines.at(-1) }).toEqual({ code: 0, last: { restarted: true } })
    const after = await status()
    expect(after.processes.map(({ state }) => state)).toEqual(['up', 'up', 'up'])
    expect(after.processes.filter(({ pid }) => before.includes(pid))).toEqual([])
  }, 150_000)

  it('goes on with a restart when a process starts only at the second time', async () => {
    const shopProcess = () => status().then(({ processes }) => processes.find(({ name }) => name === 'shop')!)
    const before = await shopProcess()
    const endings = () =>
      shop.output.filter((line) => line.startsWith('{"process":"shop"') && line.includes('"state":"ended"')).length
    const failed = endings()
    const restarted = shop.command('stack', 'restart', 'orders')
    // somebody else has its port as soon as it is free
    const squatter = createServer()
    await eventually(() => listenOn(squatter, Number(new URL(before.url).port)), { timeoutMs: 60_000, everyMs: 5 })
    await eventually(async () => expect(endings()).toBeGreaterThan(failed), { timeoutMs: 60_000 })
    await new Promise((resolve) => squatter.close(resolve))
    const { code, lines } = await restarted
    expect({ code, last: lines.at(-1) }).toEqual({ code: 0, last: { restarted: true } })
    const after = await shopProcess()
    expect(after).toMatchObject({ state: 'up' })
    expect(after.pid).not.toBe(before.pid)
  }, 200_000)

  it('says in doctor what every process is connected to', async () => {
    const { lines } = await shop.command('doctor')
    for (const name of ['gateway', 'shop', 'back-office'])
      expect(lines, JSON.stringify(lines)).toContainEqual(expect.objectContaining({ check: `process ${name}`, state: 'ok' }))
  }, 60_000)

  it('keeps everything else off its folder, and stops the gateway first at one Ctrl-C, which the whole terminal gets', async () => {
    expect((await shop.command('start')).errors).toMatch(/already runs/)
    expect(await shop.interrupt()).toBe(0)
    const ended = shop.output.flatMap((line) => (/"state":"stopped"/.test(line) ? [JSON.parse(line).process as string] : []))
    expect(ended.slice(-3)[0]).toBe('gateway')
    expect(ended.slice(-3).sort()).toEqual(['back-office', 'gateway', 'shop'])
    expect((await shop.command('stack', 'status')).code).toBe(1)
    await shop.start()
    const { code, lines } = await shop.command('invariants')
    expect({ code, lines }).toMatchObject({ code: 0 })
  }, 200_000)
})
