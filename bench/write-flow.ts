import { Pool } from 'undici'
import { type BenchShop, openBenchShop } from './bench-shop.ts'
import { type Background, closedLoop, type CpuByPart, type Measurement, type MeasureOptions, summarize } from './measure.ts'
import { recordSql } from './recorded-sql.ts'

/** The bare client's connections come on top of the shop's own; together they stay below the server's hundred. */
const BARE_CLIENTS = 24

export interface Ask {
  readonly path: string
  /** default POST */
  readonly method?: 'GET' | 'POST'
  readonly body?: unknown
  readonly headers?: Record<string, string>
  readonly good: number
}

export interface Flow {
  /** default: the name of the measurement */
  readonly name?: string
  readonly ask: (caller: number) => Ask
  /** the request whose statements are the limit, where repeating those of `ask` would fight for one row */
  readonly recorded?: () => Ask
  /** Waits until everything the load set in motion is done. */
  readonly settle?: () => Promise<Settled>
}

export interface Settled {
  /** becomes part of the `note` */
  readonly note: string
  /** milliseconds, see Background */
  readonly lagMs: number
  readonly mailsMs: number
}

/** Measures commands over HTTP, closed loop, against the same SQL from a bare client in the same run; several flows one after the other on one shop. */
export async function* measureWrites(
  name: string,
  options: MeasureOptions,
  flows: (shop: BenchShop) => Flow | readonly Flow[] | Promise<readonly Flow[]>,
  /** all flows at the first number of connections, then all at the next: what is compared lies next to each other in time */
  { byConnections = false } = {},
): AsyncGenerator<Measurement> {
  const shop = await openBenchShop(1000, { EVENTS_STRATEGY: options.strategy })
  const { send, close } = sender(shop)
  try {
    const ready: ReadyFlow[] = []
    for (const flow of [await flows(shop)].flat()) ready.push({ name, ...flow, recorded: await warmUp(shop, flow, send) })
    const steps = ready.flatMap((flow) => options.connections.map((connections) => ({ flow, connections })))
    if (byConnections) steps.sort((a, b) => a.connections - b.connections)
    for (const { flow, connections } of steps) yield await measureFlow(connections, options, shop, flow, send)
  } finally {
    await close()
    await shop.close()
  }
}

/** Sends requests of flows; answers whether they went well. */
export function sender({ shop }: { readonly shop: Pick<BenchShop['shop'], 'url'> }): {
  send: (ask: Ask) => Promise<boolean>
  close: () => Promise<void>
} {
  // fetch costs the caller a millisecond of CPU, which on two cores is the shop's
  const pool = new Pool(shop.url, { connections: 256, pipelining: 1, keepAliveTimeout: 30_000 })
  return {
    async send({ path, method = 'POST', body, headers, good }) {
      const answer = await pool.request({
        path,
        method,
        headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      })
      const text = await answer.body.text()
      if (answer.statusCode !== good && process.env.BENCH_DEBUG) console.error(answer.statusCode, text.slice(0, 500))
      return answer.statusCode === good
    },
    close: () => pool.close(),
  }
}

type Recorded = Awaited<ReturnType<typeof recordSql>>
type ReadyFlow = Omit<Flow, 'recorded' | 'name'> & { readonly name: string; readonly recorded: Recorded }

async function warmUp(
  shop: BenchShop,
  { ask, recorded = () => ask(0), settle }: Flow,
  send: (ask: Ask) => Promise<boolean>,
): Promise<Recorded> {
  await closedLoop(16, 3, (caller) => send(ask(caller)))
  await settle?.()
  return await recordSql(shop, () => send(recorded()))
}

async function measureFlow(
  connections: number,
  options: MeasureOptions,
  shop: BenchShop,
  { name, ask, recorded, settle }: ReadyFlow,
  send: (ask: Ask) => Promise<boolean>,
): Promise<Measurement> {
  const rounds = []
  let note = ''
  const peak = { rss: 0, taken: 0 }
  const lookAtMemory = () => {
    const now = shop.memoryMb()
    peak.rss = Math.max(peak.rss, now.rss)
    peak.taken = Math.max(peak.taken, now.taken)
  }
  let everything = 0
  let behind: Background | undefined
  for (let round = 0; round < options.rounds; round += 1) {
    await shop.admin.sql`checkpoint`
    const before = {
      cpu: shop.cpuMs(),
      statements: await shop.statements(),
      parts: shop.cpuByPart(),
      roles: await shop.statementsByRole(),
    }
    const looking = setInterval(lookAtMemory, 1000)
    const measured = await closedLoop(connections, options.seconds, (caller) => send(ask(caller)))
    clearInterval(looking)
    lookAtMemory()
    const settled = await settle?.()
    note = settled?.note ?? ''
    const cpuMs = shop.cpuMs() - before.cpu
    everything = ((await shop.statements()) - before.statements) / Math.max(1, measured.done)
    if (settled) behind = await backgroundOf(shop, settled, before, Math.max(1, measured.done))
    rounds.push({
      ...measured,
      cpuMs,
      statements: recorded.statements * measured.done,
      limit: await recorded.perSecond(Math.min(connections, BARE_CLIENTS), options.seconds),
    })
  }
  const background = everything < 1 ? everything.toFixed(2) : Math.round(everything)
  return summarize(name, connections, rounds, {
    rssMb: peak.rss,
    takenMb: peak.taken,
    ...(behind ? { background: behind } : {}),
    note: `${note}${note && '; '}${background} statements a request with all that happens in the background; limit: the ${recorded.statements} statements of one request, ungrouped, from a bare client`,
  })
}

async function backgroundOf(
  shop: BenchShop,
  { lagMs, mailsMs }: Settled,
  before: { readonly parts: CpuByPart; readonly roles: ReadonlyMap<string, number> },
  requests: number,
): Promise<Background> {
  const each = (total: number) => Math.round((total / requests) * 100) / 100
  const now = shop.cpuByPart()
  const { http, background, postgres } = before.parts
  const roles = [...(await shop.statementsByRole())]
    .map(([role, calls]) => [role, each(calls - (before.roles.get(role) ?? 0))] as const)
    .filter(([, calls]) => calls > 0)
    .sort(([, a], [, b]) => b - a)
  return {
    lagMs,
    mailsMs,
    cpuMs: {
      http: each(now.http - http),
      background: each(now.background - background),
      postgres: each(now.postgres - postgres),
    },
    statements: Object.fromEntries(roles),
  }
}
