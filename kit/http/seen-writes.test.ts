import type { FastifyReply, FastifyRequest } from 'fastify'
import Type from 'typebox'
import { describe, expect, it } from 'vitest'
import { buildApp } from './app.ts'
import { anyone, get } from './route.ts'
import { createResponseCache } from '#kit/cache/response-cache.ts'
import { currentContext } from '#kit/core/context.ts'
import { closed } from '#kit/messaging/event.ts'
import type { Db } from '#kit/db/db.ts'
import { createSeenWrites, SEEN_HEADER } from './seen-writes.ts'
import { rememberingLogger } from './testing.ts'

const ann = { principal: { kind: 'user', id: 'ann' }, headers: {}, ip: '10.0.0.1' } as unknown as FastifyRequest
const bob = { principal: { kind: 'user', id: 'bob' }, headers: {}, ip: '10.0.0.1' } as unknown as FastifyRequest
const telling = (header: string) => ({ ...bob, headers: { [SEEN_HEADER]: header } }) as unknown as FastifyRequest
const at = (server: string, position: bigint) => ({ position: async () => [server, position] }) as unknown as Db
function answer() {
  const headers: Record<string, unknown> = {}
  return { headers, reply: { header: (name: string, value: unknown) => (headers[name] = value) } as unknown as FastifyReply }
}

describe('what a caller has seen', () => {
  it('is what was committed when their command was done, on every server, and nobody else’s concern', async () => {
    const seen = createSeenWrites()
    await seen.note(ann, answer().reply, at('one', 70n))
    const last = answer()
    await seen.note(ann, last.reply, at('two', 5n))
    expect(seen.of(ann)).toEqual(
      new Map([
        ['one', 70n],
        ['two', 5n],
      ]),
    )
    expect(seen.of(bob)).toBeUndefined()
    expect(last.headers[SEEN_HEADER]).toBe('one=70,two=5')
  })

  it('travels with a header to other processes, and never goes back', async () => {
    const seen = createSeenWrites()
    expect(seen.of(telling('one=70, two=5'))).toEqual(
      new Map([
        ['one', 70n],
        ['two', 5n],
      ]),
    )
    await seen.note(bob, answer().reply, at('one', 90n))
    expect(seen.of(telling('one=70'))).toEqual(new Map([['one', 90n]]))
  })

  it('is not kept from what a caller says, however many servers they name', async () => {
    const seen = createSeenWrites()
    const last = answer()
    for (let times = 0; times < 100; times += 1)
      await seen.note(telling(`a${times}=9,b${times}=9,one=3`), last.reply, at('one', 5n))
    expect(seen.of(bob)).toEqual(new Map([['one', 5n]]))
    expect(last.headers[SEEN_HEADER]).toBe('a99=9,b99=9,one=5')
  })

  it('is none where the header says something else', () => {
    const seen = createSeenWrites()
    for (const header of ['', 'one', 'one=-1', 'one=1e9', 'ONE=1', `one=${'9'.repeat(20)}`, ','.repeat(5000)])
      expect(seen.of(telling(header))).toEqual(new Map())
  })

  it('is everything where the primary did not say how far it is', async () => {
    const seen = createSeenWrites()
    const silent = { position: async () => Promise.reject(new Error('gone')) } as unknown as Db
    await seen.note(ann, answer().reply, silent)
    expect(seen.of(ann)).toBe('everything')
  })
})

describe('a service that reads from copies', () => {
  it('makes what is kept for all from the primary, and the rest from what the caller has seen', async () => {
    const told = () => {
      const { seen } = currentContext()
      return { seen: seen instanceof Map ? [...seen].join() : String(seen) }
    }
    const response = closed({ seen: Type.String() })
    const cache = createResponseCache({
      read: async (since) => ({ snapshot: '1', tags: [], everything: since === undefined }),
    })
    const app = buildApp({
      log: rememberingLogger(),
      services: [
        {
          name: 'things',
          cache,
          db: at('one', 70n),
          routes: [
            get('/api/kept', { access: anyone, summary: 'Kept', response, cached: { tags: ['a'], seconds: 60 } }, async () =>
              told(),
            ),
            get('/api/own', { access: anyone, summary: 'Not kept', response }, async () => told()),
          ],
        },
      ],
    })
    const headers = { [SEEN_HEADER]: 'one=70' }
    expect((await app.inject({ url: '/api/kept', headers })).json()).toEqual({ seen: 'everything' })
    expect((await app.inject({ url: '/api/own', headers })).json()).toEqual({ seen: 'one,70' })
    expect((await app.inject({ url: '/api/own' })).json()).toEqual({ seen: 'undefined' })
    await app.close()
  })
})
