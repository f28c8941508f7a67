import { eventually } from '#kit/testing/eventually.ts'
import type { ChaosShop, Rule } from './chaos-shop.ts'

/** What a shop at rest has none of. */
export async function unfinished({ admin, rules }: Pick<ChaosShop, 'admin' | 'rules'>): Promise<string[]> {
  const schemas = [...new Set(rules.map(({ service }) => service))]
  const { sql } = admin
  const found: string[] = []
  const count = async (what: string, statement: string) => {
    const [row] = await sql.unsafe<{ n: number }[]>(statement)
    if (row!.n > 0) found.push(`${row!.n} ${what}`)
  }
  const withOutbox = await sql<{ schema: string }[]>`
    select table_schema as schema from information_schema.tables where table_name = 'outbox' and table_schema <> 'bus'`
  for (const { schema } of withOutbox) {
    await count(`events wait in the outbox of ${schema}`, `select count(*)::int as n from ${schema}.outbox`)
    await count(`events are parked in ${schema}`, `select count(*)::int as n from ${schema}.parked`)
    await count(
      `partitions in which ${schema} lags behind`,
      `select count(*)::int as n from ${schema}.cursors c join bus.heads h on h.topic = c.topic and h.partition = c.partition where c.next_offset < h.next_offset`,
    )
    const flows = await sql.unsafe<{ what: string }[]>(
      `select name || ' of ' || id || ' is ' || status || ' at ' || (state ->> 'type') as what from ${schema}.processes where status in ('running', 'waiting', 'stuck')`,
    )
    const named = flows.slice(0, 3).map(({ what }) => what)
    if (flows.length > 0) found.push(`${flows.length} flows under way in ${schema}: ${named.join(', ')}`)
  }
  if (schemas.includes('inventory'))
    await count('holds of stock', `select count(*)::int as n from inventory.reservations where state = 'held'`)
  await count(
    'payments without an end',
    `select count(*)::int as n from payments.payments where state in ('created', 'pending', 'challenge') or refunding > 0
       or (undo_at is not null and state in ('authorized', 'captured', 'partially-refunded'))`,
  )
  await count('orders without an end', `select count(*)::int as n from orders.orders where status = 'PENDING'`)
  return found
}

export interface Convergence {
  readonly milliseconds: number
  /** what had not ended when the patience did */
  readonly left: readonly string[]
}

/** The second phase: no more faults, no more work; everything has to come to its end within `withinMs`. */
export async function converge(shop: ChaosShop, withinMs: number): Promise<Convergence> {
  const begun = performance.now()
  let left: string[] = ['nobody could look']
  await eventually(
    async () => {
      await shop.bringEvents()
      left = await unfinished(shop)
      if (left.length > 0) throw new Error(left.join(', '))
    },
    { timeoutMs: withinMs, everyMs: 200 },
  ).catch((error: unknown) => {
    if (left.length === 0) left = [String(error)]
  })
  return { milliseconds: Math.round(performance.now() - begun), left }
}

export interface Sampler {
  /** questions asked: rules × rounds */
  readonly samples: number
  readonly violations: readonly string[]
  stop(): Promise<void>
}

/** Rules that speak of time are no question for a shop whose clock or processes are being tampered with. */
const patient = /outlives its time|left behind/

/** The first phase: asks for every rule again and again, all in one snapshot, while the shop is being hurt. */
export function sampleRules({ admin, rules }: Pick<ChaosShop, 'admin' | 'rules'>, everyMs = 100): Sampler {
  const asked = rules.filter(({ name }) => !patient.test(name))
  const state = { samples: 0, violations: [] as string[] }
  let stopped = false
  const round = () =>
    admin.tx(
      async (tx) => {
        for (const rule of asked) {
          const rows = await violationsOf(tx, rule)
          state.samples += 1
          if (rows.length > 0)
            state.violations.push(`${rule.service}: ${rule.name}: ${JSON.stringify(rows[0], (_, value) => String(value))}`)
        }
      },
      { isolation: 'repeatable read' },
    )
  const loop = (async () => {
    while (!stopped) {
      // The database may be dead at the moment: that is what the run is for.
      await round().catch(() => undefined)
      await new Promise((resolve) => setTimeout(resolve, everyMs))
    }
  })()
  return {
    get samples() {
      return state.samples
    },
    get violations() {
      return state.violations
    },
    async stop() {
      stopped = true
      await loop
    },
  }
}

type Tx = Parameters<Parameters<ChaosShop['admin']['tx']>[0]>[0]

async function violationsOf(tx: Tx, { service, sql }: Rule): Promise<unknown[]> {
  await tx.unsafe(`set local search_path to ${service}`)
  return await tx.unsafe(sql)
}
