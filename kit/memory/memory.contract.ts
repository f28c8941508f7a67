import { describe, expect, it } from 'vitest'
import { eventually } from '#kit/testing/eventually.ts'
import type { Memory } from './memory.ts'

/** What every memory must do. `open` gives a new process the same memory, empty at the beginning of each test. */
export function memoryContract(driver: string, start: () => Promise<{ open: () => Promise<Memory> }>): void {
  describe(`memory ${driver}`, () => {
    it('remembers a value until its time is over', async () => {
      const memory = await (await start()).open()
      const carts = memory.values<{ lines: number }>('system', 'cart', 1)
      await carts.set('ann', { lines: 2 })
      expect(await carts.get('ann')).toEqual({ lines: 2 })
      expect(await carts.get('bob')).toBeUndefined()
      await eventually(async () => expect(await carts.get('ann')).toBeUndefined(), { everyMs: 50 })
    })

    it('forgets a value when it is told to, and only that one', async () => {
      const memory = await (await start()).open()
      const orders = memory.values<string>('orders', 'order')
      await orders.set('a', 'first')
      await orders.set('b', 'second')
      await orders.delete('a')
      expect([await orders.get('a'), await orders.get('b')]).toEqual([undefined, 'second'])
    })

    it('does not let an older version of a value replace a newer one', async () => {
      const memory = await (await start()).open()
      const orders = memory.values<string>('orders', 'order')
      await orders.set('a', 'shipped', 7)
      await orders.set('a', 'confirmed', 6)
      expect(await orders.get('a')).toBe('shipped')
      await orders.set('a', 'delivered', 8)
      expect(await orders.get('a')).toBe('delivered')
    })

    it('keeps values of one kind apart from those of another', async () => {
      const memory = await (await start()).open()
      await memory.values<string>('orders', 'order').set('a', 'an order')
      expect(await memory.values<string>('orders', 'status').get('a')).toBeUndefined()
      expect(await memory.values<string>('system', 'order').get('a')).toBeUndefined()
    })

    it('tells every process a word, and those that start later as long as it counts', async () => {
      const { open } = await start()
      const [here, there] = [await open(), await open()]
      const heard: string[] = []
      const ear = await here.notices('ended', 60).follow((word) => heard.push(`here ${word}`))
      await there.notices('ended', 60).follow((word) => heard.push(`there ${word}`))
      await eventually(async () => {
        await there.notices('ended', 60).post(['a', 'b'])
        expect(heard).toEqual(expect.arrayContaining(['here a', 'here b', 'there a', 'there b']))
      })
      const late: string[] = []
      await (await open()).notices('ended', 60).follow((word) => late.push(word))
      await eventually(() => expect(late).toEqual(expect.arrayContaining(['a', 'b'])))
      await ear.stop()
    })

    it('does not tell later processes a word that counts no more', async () => {
      const { open } = await start()
      const memory = await open()
      const ended = memory.notices('ended', 0.5)
      await ended.post(['old'])
      await eventually(
        async () => {
          await ended.post(['new'])
          const heard: string[] = []
          const ear = await (await open()).notices('ended', 0.5).follow((word) => heard.push(word))
          try {
            await eventually(() => expect(heard).toContain('new'), { timeoutMs: 2_000 })
          } finally {
            await ear.stop()
          }
          expect(heard).not.toContain('old')
        },
        { timeoutMs: 15_000, everyMs: 100 },
      )
    }, 20_000)

    it('gives a lock to one at a time, each with a higher fence', async () => {
      const { open } = await start()
      const [here, there] = [await open(), await open()]
      const first = await here.locks.take(['inv:MUG'])
      expect(await there.locks.take(['inv:MUG'], { waitMs: 0 })).toBeUndefined()
      const other = await there.locks.take(['inv:CUP'], { waitMs: 0 })
      expect(other?.fence).toBeGreaterThan(first!.fence)
      await first!.release()
      const second = await there.locks.take(['inv:MUG'], { waitMs: 0 })
      expect(second?.fence).toBeGreaterThan(other!.fence)
    })

    it('takes all locks or none, and waits its turn', async () => {
      const { open } = await start()
      const [here, there] = [await open(), await open()]
      const held = await here.locks.take(['inv:B'])
      expect(await there.locks.take(['inv:A', 'inv:B'], { waitMs: 0 })).toBeUndefined()
      const free = await there.locks.take(['inv:A'], { waitMs: 0 })
      expect(free).toBeDefined()
      await free!.release()
      const waiting = there.locks.take(['inv:B', 'inv:A'], { waitMs: 4_000 })
      await held!.release()
      expect(await waiting).toBeDefined()
    })

    it('lets a lock end by itself, and its late owner cannot take it from the next one', async () => {
      const { open } = await start()
      const [here, there] = [await open(), await open()]
      const slow = await here.locks.take(['inv:MUG'], { holdMs: 30 })
      const next = await there.locks.take(['inv:MUG'], { waitMs: 4_000 })
      expect(next!.fence).toBeGreaterThan(slow!.fence)
      await slow!.release()
      expect(await here.locks.take(['inv:MUG'], { waitMs: 0 })).toBeUndefined()
    })

    it('counts the requests of a client in all processes together', async () => {
      const { open } = await start()
      const [here, there] = [await open(), await open()]
      const states = []
      for (const memory of [here, there, here, there]) states.push(await memory.rates.take('u ann', 3, 60))
      expect(states.map((state) => state.allowed)).toEqual([true, true, true, false])
      expect(states.map((state) => state.remaining)).toEqual([2, 1, 0, 0])
      expect(states[3]!.resetSeconds).toBeGreaterThan(50)
      expect((await here.rates.take('u bob', 3, 60)).allowed).toBe(true)
    })

    it('opens a new window when the old one is over', async () => {
      const memory = await (await start()).open()
      await memory.rates.take('a 10.0.0.1', 1, 0.2)
      expect((await memory.rates.take('a 10.0.0.1', 1, 0.2)).allowed).toBe(false)
      await eventually(async () => expect((await memory.rates.take('a 10.0.0.1', 1, 0.2)).allowed).toBe(true), { everyMs: 60 })
    })
  })
}
