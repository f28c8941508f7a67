import { setTimeout as delay } from 'node:timers/promises'
import type { Scenario } from '../scenario.ts'
import { openSplitShop, type SplitShop } from '../split-shop.ts'
import { type Strike, strikeInTurn } from '../strikes.ts'

/** So long an engine stays away before somebody starts it again. */
const AWAY_MS = 5_000

/** F2, F12 and the bus, where the engines are processes that end without asking the shop. */
export const scenario: Scenario = {
  summary:
    'a process per service: Kafka killed and restarted, Redis emptied and killed, PostgreSQL killed, each in turn while people buy; trials = rounds',
  trials: 2,
  async *run(options) {
    const shop = await openSplitShop(options.note)
    try {
      yield* strikeInTurn(shop, strikesOn(shop), options, { fault: 'F2 F12 apart' })
    } finally {
      await shop.close()
    }
  },
}

function strikesOn(shop: SplitShop): Strike[] {
  const { kafka, redis } = shop
  const onKafka: Strike[] = kafka
    ? [
        {
          fault: `Kafka killed, ${AWAY_MS / 1000} s away`,
          lasts: true,
          async hit() {
            await kafka.kill()
            await delay(AWAY_MS)
            await kafka.start()
          },
        },
        {
          fault: 'Kafka restarted (SIGTERM)',
          lasts: true,
          async hit() {
            await kafka.stop()
            await kafka.start()
          },
        },
      ]
    : []
  const onRedis: Strike[] = redis
    ? [
        { fault: 'F12 Redis FLUSHALL', hit: () => redis.empty() },
        {
          fault: `F12 Redis killed, ${AWAY_MS / 1000} s away, back with nothing`,
          lasts: true,
          hit: () => redis.kill(AWAY_MS, true),
        },
      ]
    : []
  const onDatabase: Strike = {
    fault: 'F2 PostgreSQL killed',
    async hit() {
      await shop.killDatabase()
      return { back: () => shop.healthy() }
    },
  }
  return [...onKafka, ...onRedis, onDatabase]
}
