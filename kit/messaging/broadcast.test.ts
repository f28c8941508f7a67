import { expect, it } from 'vitest'
import { silentLogger } from '#kit/service/logger.ts'
import { type BroadcastParts, startBroadcast } from './broadcast.ts'
import type { Subscription } from './bus.ts'

function aLog() {
  const listeners = new Set<() => void>()
  const open = new Set<Subscription>()
  const parts: BroadcastParts = {
    names: ['sale.events'],
    onRecords: () => undefined,
    async onNews(_names, listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    heads: async () => [],
    fetch: async () => [],
    pollMs: 60_000,
    log: silentLogger,
    open,
  }
  return { listeners, open, parts }
}

it('a subscription that was stopped is kept nowhere', async () => {
  const { listeners, open, parts } = aLog()
  const subscription = await startBroadcast(parts)
  expect([listeners.size, open.size]).toEqual([1, 1])
  await subscription.stop()
  expect([listeners.size, open.size]).toEqual([0, 0])
})

it('one that could not begin leaves no listener behind', async () => {
  const { listeners, open, parts } = aLog()
  const heads = () => Promise.reject(new Error('the database is away'))
  await expect(startBroadcast({ ...parts, heads })).rejects.toThrow('the database is away')
  expect([listeners.size, open.size]).toEqual([0, 0])
})
