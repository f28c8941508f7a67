/**
 * How fast events travel: commit in one process → effect committed in another (relay or CDC, log, consumer).
 *
 *   node bench/event-path.ts [relay|cdc|both] [seconds] [groups] [rates] [URL of the bus]
 *
 * `groups` (1 to 4) services consume every event; times are those of the first. With `rates` (500,2000) only these, open loop.
 * Starts a PostgreSQL of its own with the settings the shop uses and prints one JSON line a measurement:
 * {name, perSecond, p50Ms, p99Ms}. `at 2000/s` is open loop (one event a transaction, arrival times fixed beforehand),
 * `flat out` is as many as go through while producers keep the outbox filled, `drain` empties a full outbox.
 */
import { type ChildProcess, fork } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { startPostgres } from '#kit/db/embedded.ts'
import { migrate } from '#kit/db/migrate.ts'
import { openDb, type OpenedDb } from '#kit/db/open.ts'
import { provisionService } from '#kit/db/roles.ts'
import { prepareCdc } from '#kit/messaging/cdc-slot.ts'
import { createOutbox } from '#kit/messaging/outbox.ts'
import { busMigrations, grantRelay, messagingMigrations } from '#kit/messaging/schema-sets.ts'
import { createWakeUp } from '#kit/messaging/wake-up.ts'
import { silentLogger } from '#kit/service/logger.ts'
import { as, background, GROUPS, password, type Setup, Sold } from './event-background.ts'

function ask<T>(child: ChildProcess, message: string): Promise<T> {
  return new Promise((resolve) => {
    child.once('message', (answer) => resolve(answer as T))
    child.send(message)
  })
}

const percentile = (sorted: readonly number[], share: number): number =>
  Math.round((sorted[Math.ceil(sorted.length * share) - 1] ?? 0) * 10) / 10

async function waitForCount(child: ChildProcess, count: number): Promise<void> {
  for (;;) {
    if ((await ask<{ count: number }>(child, 'count')).count >= count) return
    await delay(20)
  }
}

function report(name: string, perSecond: number, latencies: number[]): void {
  latencies.sort((a, b) => a - b)
  console.log(
    JSON.stringify({
      name,
      perSecond: Math.round(perSecond),
      p50Ms: percentile(latencies, 0.5),
      p99Ms: percentile(latencies, 0.99),
    }),
  )
}

async function measure(setup: Setup, seconds: number, rates: readonly number[]): Promise<void> {
  const { url: adminUrl, strategy, busUrl } = setup
  const sales = openDb({
    url: as(adminUrl, 'souk_sales'),
    schema: 'sales',
    applicationName: 'bench sales',
    max: 16,
    timeouts: { poolWait: 10_000 },
  })
  const wakeUp = createWakeUp({ sql: sales.sql, log: silentLogger })
  const outbox = createOutbox({ source: 'sales', wakeUp })
  const child = fork(import.meta.filename, ['background', JSON.stringify(setup)])
  process.once('exit', () => child.kill())
  await new Promise((resolve) => child.once('message', resolve))
  const lines = Array.from({ length: 3 }, (_, n) => `SKU-${n}-0123456789`)
  let number = 0
  const sell = () => Sold({ saleId: `sale-${number++ % 5000}`, lines })

  const driver = busUrl === undefined ? '' : `${busUrl.split(':')[0]} `
  if (rates.length > 0) {
    await openLoop(sales, outbox, child, sell, Math.min(...rates), 2, undefined)
    for (const rate of rates) await openLoop(sales, outbox, child, sell, rate, seconds, `${driver}${strategy} at ${rate}/s`)
  } else {
    await openLoop(sales, outbox, child, sell, 2000, 1, undefined)
    await openLoop(sales, outbox, child, sell, 2000, seconds, `${driver}${strategy} at 2000/s`)
    await flatOut(sales, outbox, child, sell, seconds, `${driver}${strategy} flat out`)
    await drain(sales, outbox, child, sell, `${driver}${strategy} drain of 20000`)
  }

  child.send('stop')
  await new Promise((resolve) => child.once('exit', resolve))
  await wakeUp.stop()
  await sales.close()
}

type Sell = () => ReturnType<typeof Sold>
type BenchOutbox = ReturnType<typeof createOutbox>

async function openLoop(
  sales: OpenedDb,
  outbox: BenchOutbox,
  child: ChildProcess,
  sell: Sell,
  rate: number,
  seconds: number,
  name: string | undefined,
): Promise<void> {
  const committed = new Map<string, number>()
  const inFlight = new Set<Promise<void>>()
  const startedAt = performance.now()
  const total = rate * seconds
  for (let sent = 0; sent < total; ) {
    const due = Math.min(total, Math.floor(((performance.now() - startedAt) / 1000) * rate))
    for (; sent < due; sent += 1) {
      const event = sell()
      const work = (async () => {
        await sales.sql`select outbox_append(${outbox.encode([event])}::text::jsonb)`
        committed.set(event.id, performance.timeOrigin + performance.now())
        outbox.wake()
      })()
      inFlight.add(work)
      void work.finally(() => inFlight.delete(work))
    }
    await delay(1)
  }
  await Promise.all(inFlight)
  const produced = total / ((performance.now() - startedAt) / 1000)
  await waitForCount(child, total)
  const { done } = await ask<{ done: [string, number][] }>(child, 'take')
  if (name)
    report(
      name,
      produced,
      done.map(([id, at]) => at - committed.get(id)!),
    )
}

async function flatOut(
  sales: OpenedDb,
  outbox: BenchOutbox,
  child: ChildProcess,
  sell: Sell,
  seconds: number,
  name: string,
): Promise<void> {
  const committed = new Map<string, number>()
  const startedAt = performance.now()
  let produced = 0
  let handled = 0
  const latencies: number[] = []
  const producer = async (): Promise<void> => {
    while (performance.now() - startedAt < seconds * 1000) {
      // as grouped commands do: several aggregates in one statement; and no more than the shop would let pile up
      if (produced - handled > 4000) {
        await delay(2)
        continue
      }
      const events = Array.from({ length: 20 }, sell)
      produced += events.length
      await sales.sql`select outbox_append(${outbox.encode(events)}::text::jsonb)`
      const now = performance.timeOrigin + performance.now()
      for (const event of events) committed.set(event.id, now)
      outbox.wake()
    }
  }
  const collect = async (): Promise<void> => {
    const { done } = await ask<{ done: [string, number][] }>(child, 'take')
    handled += done.length
    for (const [id, at] of done) latencies.push(at - committed.get(id)!)
  }
  const producers = Promise.all([producer(), producer(), producer()])
  while (performance.now() - startedAt < seconds * 1000) {
    await collect()
    await delay(20)
  }
  const perSecond = handled / ((performance.now() - startedAt) / 1000)
  await producers
  while (handled < produced) {
    await collect()
    await delay(20)
  }
  report(name, perSecond, latencies)
}

async function drain(sales: OpenedDb, outbox: BenchOutbox, child: ChildProcess, sell: Sell, name: string): Promise<void> {
  const total = 20_000
  await sales.tx(async (tx) => {
    for (let n = 0; n < total; n += 500) await outbox.append(tx, Array.from({ length: 500 }, sell))
  })
  const startedAt = performance.timeOrigin + performance.now()
  outbox.wake()
  await waitForCount(child, total)
  const { done } = await ask<{ done: [string, number][] }>(child, 'take')
  const last = Math.max(...done.map(([, at]) => at))
  report(
    name,
    total / ((last - startedAt) / 1000),
    done.map(([, at]) => at - startedAt),
  )
}

async function main(): Promise<void> {
  const which = process.argv[2] ?? 'both'
  const seconds = Number(process.argv[3] ?? 8)
  const groups = Math.min(GROUPS.length, Number(process.argv[4] ?? 1))
  const rates = (process.argv[5] ?? '').split(',').filter(Boolean).map(Number)
  const busUrl = process.argv[6]
  const dir = await mkdtemp(path.join(tmpdir(), 'souk-bench-events-'))
  const server = await startPostgres({ dir, disposable: true })
  try {
    const admin = openDb({
      url: server.adminUrl,
      schema: 'public',
      applicationName: 'bench admin',
      max: 2,
      timeouts: { statement: 60_000 },
    })
    for (const [schema, sets] of [
      ['bus', busMigrations],
      ...['sales', ...GROUPS].map((name) => [name, messagingMigrations] as const),
    ] as const) {
      await provisionService(admin.sql, { schema, role: `souk_${schema}`, password })
      await migrate(admin.sql, { schema, role: `souk_${schema}`, sets: [sets] })
    }
    for (const schema of GROUPS)
      await admin.sql.unsafe(`create table ${schema}.effects (event_id uuid not null, sale text not null)`)
    await grantRelay(admin.sql, { role: 'souk_bus', schemas: ['sales'], bus: true })
    if (which !== 'cdc') await measure({ url: server.adminUrl, strategy: 'relay', groups, busUrl }, seconds, rates)
    if (which !== 'relay') {
      await prepareCdc(admin.sql, { role: 'souk_bus', schemas: ['sales'] })
      await measure({ url: server.adminUrl, strategy: 'cdc', groups, busUrl }, seconds, rates)
    }
    await admin.close()
  } finally {
    await server.stop()
    await rm(dir, { recursive: true, force: true })
    await rm(server.dir, { recursive: true, force: true })
  }
}

if (process.argv[2] === 'background') await background(JSON.parse(process.argv[3]!))
else await main()
