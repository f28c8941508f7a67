import { setTimeout as delay } from 'node:timers/promises'
import { eventually } from '#kit/testing/eventually.ts'
import { openRush } from './runs.ts'
import type { Finding, ScenarioOptions } from './scenario.ts'
import { type Sightings, watchShoppers } from './sightings.ts'
import type { SplitShop } from './split-shop.ts'

/** One fault, and how to see that what it struck is there again. */
export interface Strike {
  /** as the report names it */
  readonly fault: string
  /** Strikes. Resolves when the fault is over: at once after a kill, later where something stays away for a while. */
  hit(): Promise<{ back?(): Promise<void> } | void>
  /** it has an end of its own, and recovery counts from there */
  readonly lasts?: boolean
  /** nobody can buy while it lasts: if somebody could, it has struck nothing */
  readonly stopsOrders?: boolean
}

/** Nobody may wait longer than this for the first order after a fault, or for its mail. */
const RECOVERY_MS = 120_000
/** So long shoppers are watched after everything is there again: what was cut off in the middle comes to light. */
const AFTERMATH_MS = 2_000
const CALM_MS = 10_000

interface Recovery {
  /** from the end of the fault until the first order begun after it stood; undefined: never */
  readonly order: number | undefined
  /** until that order's mail was there: its events have gone all the way */
  readonly mail: number | undefined
  /** until what was struck took requests again */
  readonly back: number | undefined
  readonly seen: ReturnType<Sightings['between']>
  /** undefined: it was over at once */
  readonly lasted: number | undefined
  readonly struckNothing: boolean
}

/**
 * Strikes once after the other, `rounds` times, while people buy, with a look at the calm shop before. A row for each fault (time to recover, what shoppers saw), then what
 * `judge` says of the whole run.
 */
export async function* strikeInTurn(
  shop: SplitShop,
  strikes: readonly Strike[],
  options: Pick<ScenarioOptions, 'random' | 'note' | 'trials'>,
  { fault, url = shop.url }: { readonly fault: string; readonly url?: string },
): AsyncIterable<Finding> {
  const { note, trials: rounds } = options
  const sightings = watchShoppers()
  const rush = await openRush(shop, options, { url, crowd: 6, onSeen: sightings.onSeen })
  await sightings.firstOrder(0, RECOVERY_MS)
  const calm = performance.now()
  await delay(CALM_MS)
  yield calmRow(`${fault}: none yet`, sightings.between(calm, performance.now()))
  const found = new Map<string, Recovery[]>()
  for (let round = 1; round <= rounds; round += 1) {
    for (const strike of strikes) {
      const recovery = await strikeOnce(shop, strike, sightings)
      note(`${strike.fault} (${round} of ${rounds}): ${describe([recovery])}; ${JSON.stringify(recovery.seen.counts)}`)
      found.set(strike.fault, [...(found.get(strike.fault) ?? []), recovery])
    }
  }
  for (const [struck, recoveries] of found) yield recoveryRow(struck, recoveries)
  // a relay that was killed tells Kafka again what it had told already: as promised, at least once
  yield* rush.judge(fault, rounds * strikes.length, { repeated: shop.kafka !== undefined })
}

async function strikeOnce(shop: SplitShop, strike: Strike, sightings: Sightings): Promise<Recovery> {
  const begun = performance.now()
  const { back } = (await strike.hit()) ?? {}
  const over = performance.now()
  const since = () => Math.round(performance.now() - over)
  const [{ order, mail }, backAfter] = await Promise.all([
    (async () => {
      const first = await sightings.firstOrder(over, RECOVERY_MS)
      if (!first) return { order: undefined, mail: undefined }
      const mailed = await eventually(() => requireMail(shop, first.orderId), { timeoutMs: RECOVERY_MS, everyMs: 50 }).then(
        () => since(),
        () => undefined,
      )
      return { order: Math.round(first.at - over), mail: mailed }
    })(),
    back?.().then(
      () => since(),
      () => Number.POSITIVE_INFINITY,
    ),
  ])
  await delay(AFTERMATH_MS)
  const lasted = strike.lasts ? over - begun : undefined
  const seen = sightings.between(begun, performance.now())
  return {
    order,
    mail,
    back: backAfter,
    seen,
    lasted,
    struckNothing: strike.stopsOrders === true && seen.longestWithout < (over - begun) / 2,
  }
}

/** The mail of an order is written by another service when the event of its confirmation has come there. */
async function requireMail({ admin }: SplitShop, orderId: string): Promise<void> {
  const [mail] = await admin.sql`
    select from notifications.messages where order_id = ${orderId} and template = 'order-confirmed'`
  if (!mail) throw new Error(`no mail for order ${orderId}`)
}

const isWell = ({ order, mail, back, struckNothing }: Recovery) =>
  order !== undefined && mail !== undefined && back !== Number.POSITIVE_INFINITY && !struckNothing

function recoveryRow(fault: string, recoveries: readonly Recovery[]): Finding {
  const orders = recoveries.map(({ order }) => order ?? RECOVERY_MS).sort((a, b) => a - b)
  const broken = recoveries.filter((recovery) => !isWell(recovery))
  return {
    id: 'recovery',
    fault,
    trials: recoveries.length,
    violations: broken.length,
    ...(broken.length > 0 ? { examples: broken.map((recovery) => describe([recovery])) } : {}),
    p50: orders[Math.floor(orders.length / 2)]!,
    p99: orders.at(-1)!,
    note: describe(recoveries),
    tally: tallyOf(recoveries.map(({ seen }) => seen.counts)),
  }
}

function calmRow(fault: string, seen: ReturnType<Sightings['between']>): Finding {
  const { counts, longestWithout } = seen
  return {
    id: 'recovery',
    fault,
    trials: 1,
    // without orders before the first fault there is nothing that could come back
    violations: counts.order ? 0 : 1,
    note: `${CALM_MS / 1000} s without a fault, for comparison: at most ${longestWithout} ms without an order`,
    tally: tallyOf([counts]),
  }
}

/** Of several the worst of each time. */
function describe(recoveries: readonly Recovery[]): string {
  const worst = (of: (recovery: Recovery) => number | undefined) =>
    Math.max(...recoveries.map((recovery) => of(recovery) ?? Number.POSITIVE_INFINITY))
  const told = (milliseconds: number) =>
    Number.isFinite(milliseconds) ? `${milliseconds.toLocaleString('en')} ms` : `never within ${RECOVERY_MS / 1000} s`
  const lasted = recoveries[0]?.lasted
  const parts = [
    `order after ${told(worst(({ order }) => order))}`,
    `its mail after ${told(worst(({ mail }) => mail))}`,
    ...(recoveries.some(({ back }) => back !== undefined) ? [`takes requests after ${told(worst(({ back }) => back))}`] : []),
    `longest without an order ${told(worst(({ seen }) => seen.longestWithout))}`,
    ...(recoveries.some(({ struckNothing }) => struckNothing) ? ['struck nothing: people went on buying'] : []),
  ]
  return `${lasted !== undefined ? `after ${(lasted / 1000).toFixed(1)} s of it: ` : ''}${parts.join(', ')}`
}

const WORDS: Readonly<Record<string, string>> = {
  order: 'orders confirmed',
  waiting: 'orders waiting',
  fine: 'other answers',
}

/** Errors always have their number, also when it is none. */
function tallyOf(counts: readonly Readonly<Record<string, number>>[]): Record<string, number> {
  const tally: Record<string, number> = { 'orders confirmed': 0, errors: 0 }
  for (const [sight, count] of counts.flatMap((each) => Object.entries(each))) {
    const error = sight.startsWith('error: ') ? sight.slice('error: '.length) : undefined
    if (error !== undefined) tally.errors! += count
    const word = error === undefined ? WORDS[sight]! : `× ${error}`
    tally[word] = (tally[word] ?? 0) + count
  }
  return tally
}
