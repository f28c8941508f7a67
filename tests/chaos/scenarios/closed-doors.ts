import { randomBytes } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { quantile } from '../../../bench/measure.ts'
import { openChaosShop } from '../chaos-shop.ts'
import { openExternalDatabase } from '../external-database.ts'
import { loseRedis, losses, NO_REDIS, openExternalRedis } from '../external-redis.ts'
import { sendIntruders } from '../intruders.ts'
import { type Finding, type Scenario, type ScenarioOptions, wrongs } from '../scenario.ts'
import { openTcpProxy, type TcpProxy } from '../tcp-proxy.ts'
import { someTrouble } from './network.ts'

const WORKERS = 2

/**
 * I28: whoever may not do something may not do it either while the place where rights, sessions, stock and counted attempts are kept cannot be
 * reached, answers slowly, loses answers or forgets. Every guard that asks something must refuse when it gets no answer.
 */
export const scenario: Scenario = {
  summary:
    'people without a right try to get in while the database, then Redis, is slow, cut off, dead or empty; trials = faults of each',
  trials: 60,
  shortTrials: 8,
  async *run(options) {
    yield await withoutDatabase(options)
    const found = await withoutRedis(options)
    if (found) yield found
    else options.note(NO_REDIS)
  },
}

async function withoutDatabase({ trials, random, note }: ScenarioOptions): Promise<Finding> {
  const secret = randomBytes(24).toString('hex')
  const database = await openExternalDatabase()
  const proxy = await openTcpProxy(database)
  const shop = await openChaosShop({
    environment: { ...database.environment(proxy.port), PAYMENTS_SIMULATED_WEBHOOK_SECRET: secret },
    adminUrl: database.adminUrl,
  })
  try {
    const intruders = await sendIntruders(shop, { secret, random })
    for (let number = 1; number <= trials; number += 1) {
      const what = await hurtLine(proxy, random)
      if (number % 10 === 1) note(`trouble ${number} of ${trials}: ${what}`)
      await delay(random.between(200, 600))
    }
    const broken = await intruders.leave()
    return {
      id: 'I28',
      fault: 'F3 F6',
      trials: intruders.counts['attempts']!,
      ...wrongs(broken),
      tally: intruders.counts,
      note: 'attempts without a right: others’ orders, staff’s pages, ended sessions, wrong passwords, forged messages, more than there is',
    }
  } finally {
    proxy.trouble(null)
    await shop.close()
    await proxy.close()
    await database.close()
  }
}

/** Redis counts clients and tells all workers of sessions that have ended; rights, passwords and their counters are not there (decision 17). */
async function withoutRedis({ trials, random, note }: ScenarioOptions): Promise<Finding | undefined> {
  const redis = await openExternalRedis()
  if (!redis) return undefined
  const secret = randomBytes(24).toString('hex')
  const proxy = await openTcpProxy(redis)
  const shop = await openChaosShop({
    environment: {
      CACHE_URL: `redis://127.0.0.1:${proxy.port}`,
      HTTP_WORKERS: String(WORKERS),
      // clients are counted, but only where an address has a limit of its own
      RATE_LIMIT_PER_MINUTE: '1000000',
      TRUST_PROXY: 'loopback',
      // too much to do would be reason enough to refuse
      MAX_REQUESTS_IN_FLIGHT: '0',
      PAYMENTS_SIMULATED_WEBHOOK_SECRET: secret,
    },
  })
  try {
    const intruders = await sendIntruders(shop, { secret, random, counting: WORKERS })
    const strikes: Record<string, number> = {}
    let lost = 0
    for (let number = 1; number <= trials; number += 1) {
      // both in turn, and each way in its turn: by chance a short run would leave some out
      const inTheLine = number % 2 === 0
      const loss = losses[lost % losses.length]!
      const what = inTheLine ? await hurtLine(proxy, random) : loss
      if (!inTheLine) {
        await loseRedis(redis, random, loss)
        lost += 1
      }
      const kind = `times ${inTheLine ? `its line was treated with ${what.split(' ')[0]}` : `it was ${what}`}`
      strikes[kind] = (strikes[kind] ?? 0) + 1
      if (number % 10 === 1) note(`trouble ${number} of ${trials}: ${what}`)
      await delay(random.between(200, 1500))
    }
    const broken = await intruders.leave()
    if (lost === 0) broken.push('showed nothing: Redis was never lost')
    // What was not there before its loss shows nothing.
    for (const what of ['codes looked at', 'sessions ended'])
      if (!intruders.counts[what]) broken.push(`showed nothing: no ${what}`)
    const times = intruders.outlived.toSorted((a, b) => a - b)
    return {
      id: 'I28',
      fault: 'F12 F3',
      trials: intruders.counts['attempts']!,
      ...wrongs(broken),
      p50: Math.round(quantile(times, 0.5)),
      p99: Math.round(quantile(times, 0.99)),
      tally: { ...intruders.counts, ...strikes },
      note: 'the same, codes of gift cards and sessions that end meanwhile, while Redis is lost; milliseconds for which an ended session was still good somewhere',
    }
  } finally {
    proxy.trouble(null)
    await shop.close()
    await proxy.close()
    await redis.close()
  }
}

/** One trouble of the line for a while; answers what it was. */
async function hurtLine(proxy: TcpProxy, random: ScenarioOptions['random']): Promise<string> {
  const trouble = someTrouble(random)
  const milliseconds = random.between(500, 3000)
  proxy.trouble(trouble)
  await delay(milliseconds)
  proxy.trouble(null)
  const { kind, ...size } = trouble
  return `${kind} ${JSON.stringify(size)} for ${milliseconds} ms`
}
