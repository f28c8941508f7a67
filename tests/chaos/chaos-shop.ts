import { copyFileSync, readFileSync } from 'node:fs'
import { readFile, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Sql } from '#kit/db/db.ts'
import { type OpenedDb, openDb } from '#kit/db/open.ts'
import { eventually } from '#kit/testing/eventually.ts'
import { shopFolder } from '#kit/testing/shop-folder.ts'
import { loadServices } from '../../apps/souk/load.ts'
import { type Client, client, expectStatus, signIn } from '../e2e/client.ts'
import { openShop, type Shop } from '../e2e/shop.ts'
import type { Layout } from '../e2e/topology.ts'
import { childrenOf, commandOf, signal, statusOf } from '#kit/testing/processes.ts'

/** Parcels stay where they are, so that an order can be cancelled at any time of a run; payments without an answer are asked for soon. */
const calm = {
  DELIVERY_SIMULATED_DISPATCH_MS: '86400000',
  PAYMENTS_RECHECK_AFTER_MS: '1000',
  PAYMENTS_GATEWAY_TIMEOUT_MS: '1500',
  PAYMENTS_SIMULATED_MESSAGE_DELAY_MS: '500',
}

/** Events that are kept outside of the database: before anybody asks for them they are brought to where the checkers look. */
export interface EventsElsewhere {
  bring(sql: Sql): Promise<void>
}

export interface Rule {
  readonly service: string
  readonly name: string
  readonly sql: string
}

/** A shop to be treated badly: its processes can be killed one by one, and its database looked into behind its back. */
export interface ChaosShop {
  readonly shop: Shop
  /** stays the same over restarts */
  readonly url: string
  readonly folder: string
  /** lines of the log of all its processes */
  log(): string[]
  /** Puts the log where it outlives the run, and says where. */
  keepLog(): string
  /** superuser's door to the database; not one of the shop's own connections */
  readonly admin: OpenedDb
  readonly rules: readonly Rule[]
  /** Brings the log of events up to date where it is not in the database. */
  bringEvents(): Promise<void>
  /** superuser's URL */
  adminUrl(): Promise<string>
  staff(): Promise<Client>
  backgroundPid(): number | undefined
  postmasterPid(): number | undefined
  /** SIGKILL of the HTTP process (the parent of the others) and a new start on the same folder. */
  killMain(): Promise<void>
  /** SIGKILL of the background process; the parent brings another. Resolves when the old one is gone. */
  killBackground(): Promise<boolean>
  /** SIGKILL of the database's parent process and of every process below it; the shop brings it back. */
  killDatabase(): Promise<boolean>
  /** Waits until requests are answered again. */
  healthy(timeoutMs?: number): Promise<void>
  close(): Promise<void>
}

export interface ChaosShopOptions {
  /** how it is started; without it in one installation. A split shop finds its ports by itself. */
  readonly layout?: Layout
  /** the shop's log of events where that is not in its database */
  readonly events?: EventsElsewhere
  readonly environment?: Record<string, string>
  /** superuser's URL when the database is not the shop's own */
  readonly adminUrl?: string
}

export async function openChaosShop({ environment = {}, adminUrl, layout, events }: ChaosShopOptions = {}): Promise<ChaosShop> {
  const parent = await shopFolder('chaos')
  const folder = join(parent, 'souk')
  const port = layout ? 0 : await freePort()
  const logFile = join(parent, 'shop.log')
  // what it says of waiting and giving up is part of what a run finds; LOG_LEVEL of the caller is for who looks for a cause
  const level = process.env['LOG_LEVEL'] ?? 'warn'
  const shop = await openShop(
    { SOUK_DIR: folder, PORT: String(port), LOG_LEVEL: level, ...calm, ...environment },
    logFile,
    layout,
  )
  const dataDir = join(folder, 'postgres', 'data')
  // Whoever interrupts a run must not leave a shop behind.
  const abandon = () => {
    for (const pid of [shop.pid, backgroundPid()]) signal(pid, 'SIGKILL')
    signal(postmasterPid(), 'SIGQUIT')
  }
  process.once('exit', abandon)
  const admin = openDb({
    url: adminUrl ?? (await embeddedUrl(folder)),
    schema: 'public',
    applicationName: 'chaos',
    max: 4,
    timeouts: { connect: 2000, statement: 30_000, poolWait: 30_000 },
  })
  const services = await loadServices({ root: new URL('../../', import.meta.url) })
  const rules = services.flatMap(({ service }) =>
    (service.invariants ?? []).map(({ name, sql }) => ({ service: service.name, name, sql })),
  )
  const backgroundPid = () => childrenOf(shop.pid).find((pid) => /child-main\.ts background/.test(commandOf(pid)))
  const postmasterPid = () => {
    try {
      return Number(readFileSync(join(dataDir, 'postmaster.pid'), 'utf8').split('\n')[0]) || undefined
    } catch {
      return undefined
    }
  }
  const url = layout ? shop.url : `http://localhost:${port}`
  const healthy = (timeoutMs = 60_000) =>
    eventually(async () => void expectStatus(await client(url).get('/api/inventory/no-such-sku'), 200, 404), {
      timeoutMs,
      everyMs: 50,
    })

  return {
    shop,
    url,
    folder,
    log: () => readFileSync(logFile, 'utf8').split('\n'),
    keepLog() {
      const kept = join(tmpdir(), `souk-chaos-${process.pid}-${Date.now()}.log`)
      copyFileSync(logFile, kept)
      return kept
    },
    admin,
    rules,
    bringEvents: async () => await events?.bring(admin.sql),
    adminUrl: async () => adminUrl ?? (await embeddedUrl(folder)),
    staff: () => signIn(url, shop.administrator.email, shop.administrator.password),
    backgroundPid,
    postmasterPid,
    async killMain() {
      await shop.kill()
      await shop.start()
    },
    async killBackground() {
      const pid = backgroundPid()
      if (!pid || !signal(pid, 'SIGKILL')) return false
      await gone(pid)
      return true
    },
    async killDatabase() {
      const pid = postmasterPid()
      if (!pid) return false
      const backends = childrenOf(pid)
      if (!signal(pid, 'SIGKILL')) return false
      for (const backend of backends) signal(backend, 'SIGKILL')
      await gone(pid)
      return true
    },
    healthy,
    async close() {
      await admin.close()
      await shop.remove()
      process.off('exit', abandon)
      await rm(parent, { recursive: true, force: true })
    },
  }
}

async function gone(pid: number): Promise<void> {
  await eventually(
    () => {
      const status = statusOf(pid)
      if (status && status.state !== 'Z') throw new Error(`process ${pid} is still there`)
    },
    { timeoutMs: 10_000, everyMs: 5 },
  )
}

async function embeddedUrl(folder: string): Promise<string> {
  const read = async (file: string) => (await readFile(join(folder, 'postgres', file), 'utf8')).trim()
  return `postgres://souk_admin:${await read('data/souk.password')}@127.0.0.1:${await read('port')}/souk`
}

/** A port nobody uses at the moment: the shop must come back to the same one after a kill. */
export async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  await new Promise((resolve) => server.close(resolve))
  return port
}
