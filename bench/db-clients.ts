import { mkdtemp, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import pg from 'pg'
import postgres from 'postgres'
import { startPostgres } from '#kit/db/embedded.ts'
import { openDb } from '#kit/db/open.ts'

/*
 * Compares PostgreSQL clients on what a shop does most: a one-statement change (insert and outbox row in one CTE) and a select by
 * key. Same server, durable commits, ten connections each. Rounds alternate and start with another client each time; the median counts. The rate includes the server and
 * whatever else the machine does; the CPU time of this process per operation is the client's own price.
 * Run: node bench/db-clients.ts [milliseconds per round, default 1500] [rounds, default 8]
 */

interface Client {
  name: string
  insert(n: number): Promise<unknown>
  select(n: number): Promise<unknown>
  close(): Promise<unknown>
}

const connections = 10
const insertText = `with o as (insert into orders (customer, total) values ($1, $2) returning id)
  insert into outbox (order_id, payload) select id, $3 from o returning order_id`
const selectText = 'select id, customer, total from orders where id = $1'
const payload = JSON.stringify({ type: 'OrderCreated.v1', note: 'x'.repeat(300) })

function viaPostgres(name: string, url: string, options: postgres.Options<Record<string, never>>): Client {
  const sql = postgres(url, { max: connections, fetch_types: false, ...options })
  return {
    name,
    insert: (n) => sql`with o as (insert into orders (customer, total) values (${`c${n}`}, ${n}) returning id)
      insert into outbox (order_id, payload) select id, ${payload} from o returning order_id`,
    select: (n) => sql`select id, customer, total from orders where id = ${n}`,
    close: () => sql.end(),
  }
}

function viaKit(url: string): Client {
  const db = openDb({ url, schema: 'public', applicationName: 'bench', max: connections, timeouts: { poolWait: 10_000 } })
  return {
    name: 'postgres, guarded (kit/db)',
    insert: (n) => db.sql`with o as (insert into orders (customer, total) values (${`c${n}`}, ${n}) returning id)
      insert into outbox (order_id, payload) select id, ${payload} from o returning order_id`,
    select: (n) => db.sql`select id, customer, total from orders where id = ${n}`,
    close: () => db.close(),
  }
}

function viaPg(url: string): Client {
  const pool = new pg.Pool({ connectionString: url, max: connections })
  return {
    name: 'pg, named statements',
    insert: (n) => pool.query({ name: 'insert', text: insertText, values: [`c${n}`, n, payload] }),
    select: (n) => pool.query({ name: 'select', text: selectText, values: [n] }),
    close: () => pool.end(),
  }
}

interface Figures {
  /** operations a second */
  rate: number
  /** milliseconds */
  p99: number
  /** microseconds of this process per operation */
  cpu: number
}

/** `concurrency` callers that each wait for their answer before they ask again. */
async function measure(work: (n: number) => Promise<unknown>, concurrency: number, forMs: number): Promise<Figures> {
  const end = performance.now() + forMs
  const took: number[] = []
  const caller = async (seed: number) => {
    for (let n = seed; performance.now() < end; n += concurrency) {
      const start = performance.now()
      await work((n % 1000) + 1)
      took.push(performance.now() - start)
    }
  }
  const start = performance.now()
  const before = process.cpuUsage()
  await Promise.all(Array.from({ length: concurrency }, (_, seed) => caller(seed)))
  const seconds = (performance.now() - start) / 1000
  const { user, system } = process.cpuUsage(before)
  took.sort((a, b) => a - b)
  return { rate: took.length / seconds, p99: took[Math.floor(took.length * 0.99)] ?? 0, cpu: (user + system) / took.length }
}

const median = (values: number[]) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0

async function main(): Promise<void> {
  const forMs = Number(process.argv[2] ?? 1500)
  const rounds = Number(process.argv[3] ?? 8)
  const dir = await mkdtemp(path.join(os.tmpdir(), 'souk-bench-'))
  const server = await startPostgres({ dir })
  const clients = [
    viaPostgres('postgres, pipelining', server.adminUrl, {}),
    viaPostgres('postgres, no pipelining', server.adminUrl, { max_pipeline: 0 } as postgres.Options<Record<string, never>>),
    viaKit(server.adminUrl),
    viaPg(server.adminUrl),
  ]
  try {
    const admin = postgres(server.adminUrl, { max: 1, onnotice() {} })
    await admin.unsafe(`create table orders (id bigint generated always as identity primary key, customer text not null, total bigint not null);
      create table outbox (position bigint generated always as identity primary key, order_id bigint not null, payload text not null);
      insert into orders (customer, total) select 'c' || n, n from generate_series(1, 1000) n; analyze orders`)
    await admin.end()
    const figures = new Map<string, Figures[]>()
    for (let round = 0; round <= rounds; round++) {
      for (const kind of ['insert', 'select'] as const) {
        for (const concurrency of [16, 64]) {
          for (let turn = 0; turn < clients.length; turn++) {
            const client = clients[(turn + round) % clients.length] as Client
            // the first round only warms up
            const result = await measure(client[kind], concurrency, round === 0 ? 300 : forMs)
            if (round === 0) continue
            const key = `${kind.padEnd(7)} ${String(concurrency).padStart(3)}  ${client.name}`
            figures.set(key, [...(figures.get(key) ?? []), result])
          }
        }
      }
    }
    for (const [key, all] of [...figures].sort(([a], [b]) => (a < b ? -1 : 1))) {
      const of = (name: keyof Figures) => all.map((one) => one[name])
      const range = `${Math.round(Math.min(...of('rate')))} to ${Math.round(Math.max(...of('rate')))}`
      const rate = `${String(Math.round(median(of('rate')))).padStart(6)}/s  (${range})`
      console.log(
        `${key.padEnd(40)} ${rate.padEnd(28)} p99 ${median(of('p99')).toFixed(1)} ms  cpu ${Math.round(median(of('cpu')))} us`,
      )
    }
  } finally {
    await Promise.all(clients.map((client) => client.close()))
    await server.stop()
    await rm(server.dir, { recursive: true, force: true })
  }
}

await main()
