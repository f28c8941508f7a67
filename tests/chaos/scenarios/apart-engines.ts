import { setTimeout as delay } from 'node:timers/promises'
import { eventually } from '#kit/testing/eventually.ts'
import { type EngineLines, openEngineLines } from '../engine-lines.ts'
import type { Scenario } from '../scenario.ts'
import { openSplitShop, type SplitShop } from '../split-shop.ts'
import { type Strike, strikeInTurn } from '../strikes.ts'
import type { TcpProxy } from '../tcp-proxy.ts'

/** So long an engine stays away before somebody starts it again. */
const AWAY_MS = 5_000
/** Mails and documents wait for time of their own, so their engines are away for longer. */
const LONG_AWAY_MS = 15_000
const BACK_MS = 120_000

/** F2, F12 and the bus, where the engines are processes that end without asking the shop. */
export const scenario: Scenario = {
  summary:
    'a process per service: Kafka killed and restarted, Redis emptied and killed, PostgreSQL killed, file store and mail server cut off, each in turn while people buy; trials = rounds',
  trials: 2,
  async *run(options) {
    const lines = await openEngineLines(options.note)
    try {
      const shop = await openSplitShop(options.note, lines.environment)
      try {
        yield* strikeInTurn(shop, strikesOn(shop, lines), options, { fault: 'F2 F12 apart' })
      } finally {
        await shop.close()
      }
    } finally {
      await lines.close()
    }
  },
}

function strikesOn(shop: SplitShop, { files, mail }: EngineLines): Strike[] {
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
  return [...onKafka, ...onRedis, onDatabase, ...(files ? [onFiles(shop, files)] : []), ...(mail ? [onMail(shop, mail)] : [])]
}

/** An invoice that somebody asks for meanwhile is there afterwards. */
function onFiles(shop: SplitShop, line: TcpProxy): Strike {
  return {
    fault: `file store away for ${LONG_AWAY_MS / 1000} s`,
    lasts: true,
    async hit() {
      const staff = await shop.staff()
      line.trouble({ kind: 'reset' })
      const order = await nextOrder(shop)
      const invoice = async () => (await staff.get(`/api/orders/${order}/invoice`)).status
      await delay(LONG_AWAY_MS)
      if ((await invoice()) === 200) throw new Error('the file store was not away: an invoice came from it')
      line.trouble(null)
      const back = async () => {
        const status = await invoice()
        if (status !== 200) throw new Error(`the invoice of order ${order} answers ${status}`)
      }
      return { back: () => eventually(back, { timeoutMs: BACK_MS }) }
    },
  }
}

/** Every mail of that time leaves afterwards. */
function onMail(shop: SplitShop, line: TcpProxy): Strike {
  const { sql } = shop.admin
  return {
    fault: `mail server away for ${LONG_AWAY_MS / 1000} s`,
    lasts: true,
    async hit() {
      line.trouble({ kind: 'reset' })
      // whoever was in the middle of sending has noticed
      await delay(1000)
      const [{ from }] = await sql<[{ from: Date }]>`select clock_timestamp() as from`
      await delay(LONG_AWAY_MS)
      const [{ sent, until }] = await sql<[{ sent: number; until: Date }]>`
        select count(*)::int as sent, clock_timestamp() as until from notifications.messages where state = 'sent' and finished_at > ${from}`
      if (sent > 0) throw new Error(`the mail server was not away: ${sent} mails left`)
      line.trouble(null)
      const back = async () => {
        const [{ waiting, lost }] = await sql<[{ waiting: number; lost: number }]>`
          select count(*) filter (where state = 'queued')::int as waiting, count(*) filter (where state = 'failed')::int as lost
          from notifications.messages where created_at < ${until}`
        if (waiting + lost > 0) throw new Error(`${waiting} mails wait, ${lost} were given up`)
      }
      return { back: () => eventually(back, { timeoutMs: BACK_MS }) }
    },
  }
}

/** One that was confirmed from now on. */
async function nextOrder({ admin: { sql } }: SplitShop): Promise<string> {
  const [{ now }] = await sql<[{ now: Date }]>`select clock_timestamp() as now`
  const confirmed = async () => {
    const [order] = await sql<
      { id: string }[]
    >`select id from orders.orders where status = 'CONFIRMED' and placed_at > ${now} limit 1`
    if (!order) throw new Error('nobody has bought anything since')
    return order.id
  }
  return eventually(confirmed, { timeoutMs: BACK_MS })
}
