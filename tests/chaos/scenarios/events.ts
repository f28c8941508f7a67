import { setTimeout as delay } from 'node:timers/promises'
import { silentLogger } from '#kit/service/logger.ts'
import { createOutbox } from '#kit/messaging/outbox.ts'
import { busMigrations, grantRelay, messagingMigrations } from '#kit/messaging/schema-sets.ts'
import { type Child, killChildren, startChild } from '#kit/messaging/testing/child.ts'
import { judgeLog, writeSales } from '#kit/messaging/testing/writers.ts'
import { createWakeUp } from '#kit/messaging/wake-up.ts'
import { testDatabase } from '#kit/testing/database.ts'
import { eventually } from '#kit/testing/eventually.ts'
import { openExternalDatabase } from '../external-database.ts'
import type { Random } from '../random.ts'
import type { Finding, Scenario } from '../scenario.ts'

const effectsTable = { name: 'effects', folder: new URL('../../../kit/messaging/testing/effects/', import.meta.url) }
/** One kill of a consumer for so many events at least, and the same of a relay. */
const EVENTS_PER_KILL = 250

/** Keeps `count` processes of a kind running and kills the oldest again and again until told to stop. */
async function killAgainAndAgain(random: Random, count: number, startOne: () => Promise<Child>) {
  // One that ends before it is ready is one death more; the next one is started.
  const start = () => eventually(startOne, { timeoutMs: 60_000, everyMs: 200 })
  const running = await Promise.all(Array.from({ length: count }, start))
  const state = { kills: 0, sleepers: 0, stopped: false }
  const loop = (async () => {
    while (!state.stopped) {
      await delay(random.between(150, 500))
      const [oldest] = running.splice(0, 1)
      if (random.chance(0.1)) {
        // asleep for longer than an election takes; then it wakes up and believes that it still leads
        state.sleepers += 1
        oldest!.pause()
        await delay(1500)
        oldest!.cont()
        await delay(100)
      }
      await oldest!.kill()
      state.kills += 1
      running.push(await start())
    }
  })()
  return {
    kills: () => state.kills,
    sleepers: () => state.sleepers,
    async stop() {
      state.stopped = true
      await loop
    },
  }
}

/** I7, I8, I9 in large numbers, with the kit alone: writers, two relays, a consumer, and everybody but the writers is killed. */
export const scenario: Scenario = {
  summary: '20 writers, 5 % of them changing their mind; relays and a consumer killed all the time; trials = events',
  trials: 50_000,
  shortTrials: 3000,
  async *run({ trials, random, note }) {
    const server = await openExternalDatabase()
    const schemas = ['sales', 'stock']
    const base = await testDatabase({
      server: server.adminUrl,
      schemas: [
        { schema: 'bus', sets: [busMigrations] },
        ...schemas.map((schema) => ({ schema, sets: [messagingMigrations, effectsTable] })),
      ],
    })
    await grantRelay(base.admin, { role: 'souk_bus', schemas, bus: true })
    const db = base.db('sales', { max: 24 })
    const wakeUp = createWakeUp({ sql: db.sql, log: silentLogger })
    const outbox = createOutbox({ source: 'sales', wakeUp })
    const busUrl = base.urlOf('bus')
    const dbUrl = base.urlOf('stock')
    try {
      const relays = await killAgainAndAgain(random, 2, () =>
        startChild('./publisher-process.ts', { busUrl, schemas, strategy: 'relay' }),
      )
      const consumers = await killAgainAndAgain(random, 1, () =>
        startChild('./consumer-process.ts', { busUrl, dbUrl, group: 'stock', mode: 'safe' }),
      )
      let asked = 0
      while (asked < trials || consumers.kills() < trials / EVENTS_PER_KILL) {
        const transactions = Math.max(100, Math.min(1000, trials - asked))
        await writeSales(db, outbox, { writers: 20, sales: 20, transactions, rollbackShare: 0.05 })
        asked += transactions
        note(`${asked} transactions, ${relays.kills()} relays and ${consumers.kills()} consumers killed`)
      }
      await Promise.all([relays.stop(), consumers.stop()])
      await eventually(
        async () => {
          const [row] = await base.admin<{ waiting: number }[]>`
            select (select count(*) from sales.outbox)::int
                 + (select count(*) from bus.log l where not exists (select 1 from stock.effects e where e.event_id = l.event_id))::int as waiting`
          if (row!.waiting > 0) throw new Error(`${row!.waiting} events wait`)
        },
        { timeoutMs: 60_000, everyMs: 500 },
      ).catch((error: unknown) => note(String(error)))
      const log = await judgeLog(base.admin, base.admin, 'sales')
      const [effects] = await base.admin<
        { committed: number; handled: number; once: number; lost: number; disorder: number; p50: number; p99: number }[]
      >`
        select (select count(*) from sales.effects)::int as committed, count(*)::int as handled, count(distinct event_id)::int as once,
               (select count(*) from sales.effects s where not exists (select 1 from stock.effects e where e.event_id = s.event_id))::int as lost,
               (select count(*) from (select sequence < max(sequence) over (partition by sale order by position rows between unbounded preceding and 1 preceding) as late
                  from stock.effects) x where late)::int as disorder
          from stock.effects`
      const { committed, handled, once, lost, disorder } = effects!
      const killed = `${relays.kills()} kills of relays, ${consumers.kills()} of consumers`
      const finding = (id: string, violations: number, what: string): Finding => ({
        id,
        fault: 'F1 F11',
        trials: committed,
        violations,
        note: `${what}; ${killed}`,
      })
      yield finding('I7', log.lost + log.phantom + log.doubled + log.gaps, 'events: none lost, invented, doubled; offsets dense')
      yield finding('I9', log.outOfOrder + disorder, 'events in order per key, in the log and at the consumer')
      const [relay] = await base.admin<{ epoch: bigint }[]>`select max(epoch) as epoch from bus.relays`
      yield {
        id: 'I11',
        fault: 'F1 F11',
        trials: Number(relay!.epoch),
        violations: log.doubled + log.gaps + log.outOfOrder,
        note: `elections of a relay, ${relays.sleepers()} after the leader slept and woke up believing that it still led; records written by two leaders`,
      }
      yield finding('I8', handled - once + lost, 'events with exactly one effect')
    } finally {
      await killChildren()
      await wakeUp.stop()
      await base.drop().catch(() => undefined)
      await server.close()
    }
  },
}
