import { describe, expect, it } from 'vitest'
import { connectionsHealth, described } from './connections.ts'

const settings = {
  busUrl: 'kafka://bus:9092',
  cacheUrl: 'memory:',
  objectsUrl: 'file:objects',
  mailUrl: 'smtp://user:secret@mail:25',
} as Parameters<typeof connectionsHealth>[0]
const urls = {
  services: { orders: 'postgres://souk_orders:secret@one:5432/souk', cart: 'postgres://souk_cart:secret@one:5432/souk' },
  bus: 'kafka://bus:9092',
  poolers: { orders: { url: 'postgres://souk_orders:secret@pooler:6432/souk', prepare: true } },
  replicas: {
    orders: ['postgres://souk_orders:secret@copy-1:5432/souk', 'postgres://souk_orders:secret@copy-2:5432/souk'],
    cart: [],
  },
}
const told = async (given: Partial<typeof urls> = {}) =>
  (await connectionsHealth(settings, { ...urls, ...given }, undefined).check()) as unknown as Parameters<typeof described>[0]

describe('what doctor says of a process', () => {
  it('names the pooler its statements go through and the copies it reads, each of a service, without passwords', async () => {
    const text = described(await told())
    expect(text).toContain('database postgres://one:5432/souk')
    expect(text).toContain('through pooler postgres://pooler:6432/souk')
    expect(text).toContain('reads also postgres://copy-1:5432/souk postgres://copy-2:5432/souk')
    expect(text).not.toContain('secret')
  })

  it('says nothing of either where there is none', async () => {
    expect(described(await told({ poolers: {} as never, replicas: {} as never }))).not.toMatch(/pooler|reads also/)
  })
})
