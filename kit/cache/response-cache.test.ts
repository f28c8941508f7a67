import { describe, expect, it } from 'vitest'
import { deadlineOf, until } from '#kit/core/context.ts'
import type { Look } from './change-list.ts'
import { createResponseCache, type KeptAnswer } from './response-cache.ts'

const answer = (text: string, tags: readonly string[] = ['lists'], seconds = 60): KeptAnswer => ({
  status: 200,
  headers: {},
  body: Buffer.from(text),
  tags,
  seconds,
})

/** A cache whose database and clock the test holds in its hands. */
function aCache(options: { maxBytes?: number } = {}) {
  let time = 1_000_000
  let down = false
  let hold: Promise<void> | undefined
  const changes: string[][] = []
  const cache = createResponseCache({
    ...options,
    now: () => time,
    async read(since): Promise<Look> {
      const seen = since === undefined ? changes.length : Number(since)
      const snapshot = String(changes.length)
      await hold
      if (down) throw new Error('no database')
      return { snapshot, tags: changes.slice(seen).flat(), everything: since === undefined }
    },
  })
  let made = 0
  const get = async (key: string, tags?: readonly string[], seconds?: number) => {
    const make = async () => {
      made += 1
      return { answer: answer(`${key} ${made}`, tags, seconds), keep: true }
    }
    return String((await cache.through(key, make)).answer.body)
  }
  return {
    cache,
    get,
    change: (...tags: string[]) => void changes.push(tags),
    pass: (milliseconds: number) => {
      time += milliseconds
    },
    set down(value: boolean) {
      down = value
    },
    set hold(value: Promise<void> | undefined) {
      hold = value
    },
  }
}

describe('kept answers', () => {
  it('are made once and served again', async () => {
    const { get, cache } = aCache()
    expect(await get('a')).toBe('a 1')
    expect(await get('a')).toBe('a 1')
    expect(await get('b')).toBe('b 2')
    expect(cache.stats()).toMatchObject({ entries: 2, hits: 1, misses: 2 })
  })

  it('are made by one of many who ask at once', async () => {
    const { get } = aCache()
    await get('warm')
    expect(new Set(await Promise.all(Array.from({ length: 50 }, () => get('a'))))).toEqual(new Set(['a 2']))
  })

  it('are made for all who wait, not in the time of who came first', async () => {
    const { cache } = aCache()
    const left: (number | undefined)[] = []
    const make = async () => {
      left.push(deadlineOf())
      return { answer: answer('a'), keep: true }
    }
    await until(Date.now() + 5, () => cache.through('a', make))
    expect(left).toEqual([undefined])
  })

  it('are forgotten with what they are made from, and only they', async () => {
    const { get, change, pass } = aCache()
    await get('mug', ['product:mug'])
    await get('cup', ['product:cup'])
    change('product:mug')
    pass(1000)
    expect(await get('mug', ['product:mug'])).toBe('mug 3')
    expect(await get('cup', ['product:cup'])).toBe('cup 2')
  })

  it('are never older than the time they are trusted for', async () => {
    const { get, change, pass } = aCache()
    await get('a')
    change('lists')
    pass(799)
    expect(await get('a')).toBe('a 1')
    pass(1)
    expect(await get('a')).toBe('a 2')
  })

  it('are given up at once by the process that changed something', async () => {
    const { get, change, cache } = aCache()
    await get('a')
    change('lists')
    await cache.catchUp()
    expect(await get('a')).toBe('a 2')
  })

  it('are not served while nobody can say what changed', async () => {
    const shop = aCache()
    await shop.get('a')
    shop.down = true
    shop.pass(800)
    expect(await shop.get('a')).toBe('a 2')
    shop.down = false
    expect(await shop.get('a')).toBe('a 2')
  })

  it('are not served after a change of this process that could not be followed', async () => {
    const shop = aCache()
    await shop.get('a')
    shop.down = true
    await shop.cache.catchUp()
    expect(await shop.get('a')).toBe('a 2')
  })

  it('are not kept when what they show changed while they were made', async () => {
    const { cache, change, get } = aCache()
    await get('other')
    const before = cache.through('a', async () => {
      const read = answer('before the change')
      change('lists')
      await cache.catchUp()
      return { answer: read, keep: true }
    })
    expect(String((await before).answer.body)).toBe('before the change')
    expect((await before).entry).toBeUndefined()
    expect(await get('a')).toBe('a 2')
  })

  it('are not shared with whoever asks after the change, though they are still being made', async () => {
    const { cache, change, get } = aCache()
    await get('other')
    let finish = (): void => undefined
    const slow = new Promise<void>((resolve) => (finish = resolve))
    const early = cache.through('a', async () => {
      const read = answer('before the change')
      await slow
      return { answer: read, keep: true }
    })
    await Promise.resolve()
    change('lists')
    await cache.catchUp()
    expect(await get('a')).toBe('a 2')
    finish()
    expect(String((await early).answer.body)).toBe('before the change')
    expect(await get('a')).toBe('a 2')
  })

  it('wait for a look that began after the change, not for one under way', async () => {
    const shop = aCache()
    await shop.get('a')
    let finish = (): void => undefined
    shop.hold = new Promise<void>((resolve) => (finish = resolve))
    shop.pass(200)
    shop.cache.ring()
    shop.change('lists')
    const caughtUp = shop.cache.catchUp()
    finish()
    await caughtUp
    expect(await shop.get('a')).toBe('a 2')
  })

  it('that were in use are made anew as soon as a change ends them, before anybody asks; others are not', async () => {
    const { get, change, cache } = aCache()
    await get('favourite')
    await get('favourite')
    await get('rare')
    change('lists')
    await cache.catchUp()
    await new Promise(setImmediate)
    expect(cache.stats()).toMatchObject({ entries: 1, dropped: 2, warmed: 1, misses: 2 })
    expect(await get('favourite')).toBe('favourite 3')
    expect(cache.stats()).toMatchObject({ misses: 2 })
  })

  it('of a whole catalogue that changed are not all made anew at once', async () => {
    const { get, change, cache } = aCache()
    for (let index = 0; index < 100; index += 1) {
      await get(`a ${index}`)
      await get(`a ${index}`)
    }
    change('lists')
    await cache.catchUp()
    expect(cache.stats().warmed).toBe(16)
  })

  it('end by the clock as well', async () => {
    const { get, pass } = aCache()
    await get('a', ['lists'], 2)
    pass(1999)
    expect(await get('a', ['lists'], 2)).toBe('a 1')
    pass(1)
    expect(await get('a', ['lists'], 2)).toBe('a 2')
  })

  it('are made anew shortly before they end, by one of those who ask, and nobody waits for it', async () => {
    const { get, pass, cache } = aCache()
    await get('a', ['lists'], 10)
    pass(9_500)
    await cache.catchUp()
    expect(new Set(await Promise.all([get('a', ['lists'], 10), get('a', ['lists'], 10)]))).toEqual(new Set(['a 1']))
    await new Promise(setImmediate)
    expect(await get('a', ['lists'], 10)).toBe('a 2')
    expect(cache.stats()).toMatchObject({ misses: 1, hits: 3 })
  })

  it('stay within their memory; those that were used stay longer', async () => {
    const { get, cache } = aCache({ maxBytes: 40_000 })
    await get('favourite')
    for (let index = 0; index < 200; index += 1) {
      await get(`rare ${index}`)
      await get('favourite')
    }
    expect(cache.stats().bytes).toBeLessThanOrEqual(40_000)
    expect(cache.stats().evicted).toBeGreaterThan(100)
    expect(await get('favourite')).toBe('favourite 1')
  })

  it('are forgotten altogether when the database is another one', async () => {
    const { cache, get, change, pass } = aCache()
    await get('a')
    change('catalogue')
    pass(13 * 3_600_000)
    await cache.catchUp()
    expect(cache.stats().entries).toBe(0)
  })
})
