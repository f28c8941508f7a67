import { randomBytes } from 'node:crypto'
import { createClient } from '@redis/client'
import { afterAll, beforeEach, describe, expect, it } from 'vitest'
import type { Look } from '#kit/cache/change-list.ts'
import { createResponseCache, type KeptAnswer } from '#kit/cache/response-cache.ts'
import { silentLogger } from '#kit/service/logger.ts'
import { eventually } from '#kit/testing/eventually.ts'
import { openRedis, type Redis } from './connection.ts'
import { redisSecondLevel } from './second-level.ts'

const opened: Redis[] = []
const client = createClient({ url: process.env.REDIS_URL as string })
await client.connect()
afterAll(async () => {
  await Promise.all(opened.map((redis) => redis.close()))
  client.destroy()
})

let prefix = ''
beforeEach(() => {
  prefix = `test-${randomBytes(6).toString('hex')}:`
})

/** The list of changes that all processes of a shop look at. */
function aShop() {
  const changes: string[][] = []
  let made = 0
  const aProcess = (options: { version?: string; connected?: boolean } = {}) => {
    let time = 1_000_000
    const url = options.connected === false ? 'redis://127.0.0.1:1' : (process.env.REDIS_URL as string)
    const redis = openRedis({ url: `${url}?prefix=${prefix}`, log: silentLogger, name: 'test', deadlineMs: 2_000 })
    opened.push(redis)
    const name = `products:${options.version ?? '1'}`
    const second = redisSecondLevel({ redis, part: 'system', name, longestSeconds: 60 })
    const cache = createResponseCache({
      second,
      now: () => time,
      async read(since): Promise<Look> {
        const seen = since === undefined ? changes.length : Number(since)
        return { snapshot: String(changes.length), tags: changes.slice(seen).flat(), everything: since === undefined }
      },
    })
    const get = async (key: string, tags: readonly string[] = ['lists'], seconds = 60, work = Promise.resolve()) => {
      const make = async () => {
        made += 1
        const body = Buffer.from(`${key} ${made} ♥`)
        await work
        return { answer: { status: 200, headers: { etag: key }, body, tags, seconds, note: { key } }, keep: true }
      }
      return String((await cache.through<KeptAnswer>(key, make, (kept) => kept)).answer.body)
    }
    return { cache, second, get, pass: (ms: number) => (time += ms) }
  }
  return { aProcess, change: (...tags: string[]) => void changes.push(tags), made: () => made }
}

/** Everything this shop keeps in Redis is gone, as after FLUSHALL. */
async function loseEverything(): Promise<void> {
  for (const database of [0, 1, 2, 3]) {
    await client.select(database)
    const keys = await client.keys(`${prefix}*`)
    if (keys.length > 0) await client.del(keys)
  }
}

const kept = () =>
  eventually(async () => {
    await client.select(3)
    expect(await client.keys(`${prefix}answer:*`)).not.toEqual([])
  })

describe('answers that processes share', () => {
  it('are made by one process and served by all, byte by byte', async () => {
    const shop = aShop()
    const [one, two] = [shop.aProcess(), shop.aProcess()]
    expect(await one.get('a')).toBe('a 1 ♥')
    await kept()
    expect(await two.get('a')).toBe('a 1 ♥')
    expect(two.second.stats()).toMatchObject({ hits: 1, misses: 0 })
  })

  it('are given up everywhere when what they show changes, whoever looks first', async () => {
    const shop = aShop()
    const [one, two] = [shop.aProcess(), shop.aProcess()]
    await one.get('a', ['product:mug'])
    await kept()
    await two.get('other')
    shop.change('product:mug')
    two.pass(1_000)
    expect(await two.get('a', ['product:mug'])).not.toBe('a 1 ♥')
    one.pass(1_000)
    expect(await one.get('a', ['product:mug'])).not.toBe('a 1 ♥')
  })

  it('are not believed by a process that starts after a change nobody told', async () => {
    const shop = aShop()
    await shop.aProcess().get('a', ['product:mug'])
    await kept()
    // the process that changed it died before it told anybody
    shop.change('product:mug')
    expect(await shop.aProcess().get('a', ['product:mug'])).toBe('a 2 ♥')
  })

  it('are not kept when what they show changed while they were made', async () => {
    const shop = aShop()
    const [one, two] = [shop.aProcess(), shop.aProcess()]
    await two.get('other')
    let finish = (): void => undefined
    const slow = one.get('a', ['product:mug'], 60, new Promise<void>((resolve) => (finish = resolve)))
    await eventually(() => expect(shop.made()).toBe(2))
    shop.change('product:mug')
    await two.cache.catchUp()
    await two.get('b')
    finish()
    await slow
    expect(await shop.aProcess().get('a', ['product:mug'])).toBe('a 4 ♥')
  })

  it('are made by one process however many ask at once', async () => {
    const shop = aShop()
    const processes = Array.from({ length: 4 }, () => shop.aProcess())
    await Promise.all(processes.map((process) => process.get('warm')))
    let tries = 0
    // who waits for another process in vain for a quarter of a second makes an answer of its own
    await eventually(async () => {
      tries += 1
      const before = shop.made()
      const work = new Promise<void>((resolve) => setTimeout(resolve, 60))
      const answers = await Promise.all(processes.map((process) => process.get(`hot ${tries}`, ['lists'], 60, work)))
      expect(new Set(answers).size).toBe(1)
      expect(shop.made()).toBe(before + 1)
    })
  })

  it('of another version of the program are not used', async () => {
    const shop = aShop()
    await shop.aProcess().get('a')
    await kept()
    expect(await shop.aProcess({ version: '2' }).get('a')).toBe('a 2 ♥')
  })

  it('are lost with Redis and nothing else is: answers made before the loss do not come back after a change', async () => {
    const shop = aShop()
    const [one, two] = [shop.aProcess(), shop.aProcess()]
    await two.get('other')
    let finish = (): void => undefined
    const slow = one.get('a', ['product:mug'], 60, new Promise<void>((resolve) => (finish = resolve)))
    await eventually(() => expect(shop.made()).toBe(2))
    shop.change('product:mug')
    await two.cache.catchUp()
    await two.get('b')
    await loseEverything()
    finish()
    await slow
    expect(await shop.aProcess().get('a', ['product:mug'])).not.toContain('a 2')
  })

  it('are made by each process for itself where Redis does not answer', async () => {
    const shop = aShop()
    const one = shop.aProcess({ connected: false })
    expect(await one.get('a')).toBe('a 1 ♥')
    expect(await one.get('a')).toBe('a 1 ♥')
    shop.change('lists')
    await one.cache.catchUp()
    expect(await one.get('a')).toBe('a 2 ♥')
    expect(one.second.stats().failures).toBeGreaterThan(0)
  }, 20_000)
})
