import { EventEmitter } from 'node:events'
import type { ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { connect } from 'node:net'
import { describe, expect, it } from 'vitest'
import Type from 'typebox'
import { buildApp } from './app.ts'
import type { RouteFacts } from './compiled-route.ts'
import { createLoadShedding, type Priority } from './load-shedding.ts'
import { anyone, get, post } from './route.ts'
import { closed } from '#kit/messaging/event.ts'
import { silentLogger } from '#kit/service/logger.ts'
import { eventually } from '#kit/testing/eventually.ts'

const facts = (priority: Priority, operational = false) => ({ priority, operational }) as RouteFacts
const admitted = (load: ReturnType<typeof createLoadShedding>) =>
  (['low', 'normal', 'high'] as const).filter((priority) => load.shed(facts(priority)) === undefined)

describe('a shop with too much to do', () => {
  it('refuses those who look around first, then those who fill a cart, and last those who pay', () => {
    const load = createLoadShedding({ maxInFlight: 8, loopDelay: () => 0 })
    const responses: EventEmitter[] = []
    const enter = () => {
      const response = new EventEmitter()
      responses.push(response)
      load.shed.track?.(response as ServerResponse, facts('high'))
    }
    expect(admitted(load)).toEqual(['low', 'normal', 'high'])
    for (let count = 0; count < 2; count += 1) enter()
    expect(admitted(load)).toEqual(['normal', 'high'])
    for (let count = 0; count < 2; count += 1) enter()
    expect(admitted(load)).toEqual(['high'])
    for (let count = 0; count < 4; count += 1) enter()
    expect(admitted(load)).toEqual([])
    expect(load.shed(facts('low', true))).toBeUndefined()
    for (const response of responses) response.emit('close')
    expect(admitted(load)).toEqual(['low', 'normal', 'high'])
    expect(load.stats()).toMatchObject({ inFlight: 0, refused: { low: 3, normal: 2, high: 1, aside: 0 } })
  })

  it('refuses in the same order when it falls behind', () => {
    let late = 0
    const load = createLoadShedding({ maxLoopDelayMs: 100, loopDelay: () => late })
    const at = (milliseconds: number) => {
      late = milliseconds
      return admitted(load)
    }
    expect(at(49)).toEqual(['low', 'normal', 'high'])
    expect(at(50)).toEqual(['normal', 'high'])
    expect(at(100)).toEqual(['high'])
    expect(at(200)).toEqual([])
    expect(at(0)).toEqual(['low', 'normal', 'high'])
  })

  it('turns away forms that only pass on a password before it turns away who looks around', () => {
    let late = 24
    const load = createLoadShedding({ maxLoopDelayMs: 100, loopDelay: () => late })
    const form = { ...facts('aside'), passesOn: true } as RouteFacts
    expect(load.shed(form)).toBeUndefined()
    late = 26
    expect(load.shed(form)).toBe(2)
    expect(admitted(load)).toEqual(['low', 'normal', 'high'])
  })

  it('lets in as many as it can answer in time, whatever each of them costs', () => {
    let time = 0
    const load = createLoadShedding({ maxInFlight: 1000, loopDelay: () => 0, now: () => time })
    const open: { response: EventEmitter & { writableFinished?: boolean }; left: number }[] = []
    /** A second of a hundred lookers asking every 20 ms, of whom ten are answered meanwhile; answers how long those took. */
    const second = (perSecond: number) => {
      const waited: number[] = []
      for (let tick = 0; tick < 50; tick += 1) {
        time += 20
        for (const { response, left } of open.splice(0, perSecond / 50)) {
          waited.push(time - left)
          response.writableFinished = true
          response.emit('close')
        }
        for (let asked = 0; asked < 100; asked += 1) {
          if (load.shed(facts('low')) !== undefined) continue
          const response = new EventEmitter()
          load.shed.track?.(response as ServerResponse, facts('low'))
          open.push({ response, left: time })
        }
      }
      return Math.max(...waited)
    }
    for (let seconds = 0; seconds < 5; seconds += 1) second(500)
    expect(second(500)).toBeLessThan(350)
    expect(load.stats().limit.low).toBeGreaterThan(60)
    // everything takes five times as long: after some seconds those who are let in are answered in time again
    for (let seconds = 0; seconds < 5; seconds += 1) second(100)
    expect(second(100)).toBeLessThan(350)
    // who pays does not notice
    expect(load.shed(facts('high'))).toBeUndefined()
    // and when it is quiet again nobody is refused
    for (const { response } of open.splice(0)) response.emit('close')
    time += 2000
    const refused = load.stats().refused.low
    for (let asked = 0; asked < 200; asked += 1) {
      expect(load.shed(facts('low'))).toBeUndefined()
      load.shed.track?.(new EventEmitter() as ServerResponse, facts('low'))
    }
    expect(load.stats().refused.low).toBe(refused)
  })

  it('notices as well when nothing is answered at all', () => {
    let time = 0
    const load = createLoadShedding({ maxInFlight: 1000, loopDelay: () => 0, now: () => time })
    for (let asked = 0; asked < 250; asked += 1) load.shed.track?.(new EventEmitter() as ServerResponse, facts('low'))
    expect(load.shed(facts('low'))).toBe(3)
    time += 1100
    load.shed(facts('low'))
    expect(load.stats().limit.low).toBeLessThan(150)
  })

  it('S7: keeps what is slow on purpose in a line of its own: however many wait there, a cart is filled and an order paid', () => {
    let time = 0
    const load = createLoadShedding({ loopDelay: () => 0, now: () => time })
    const open: EventEmitter[] = []
    for (let second = 0; second < 20; second += 1) {
      for (let asked = 0; asked < 500 && load.shed(facts('aside')) === undefined; asked += 1) {
        const response = Object.assign(new EventEmitter(), { writableFinished: true })
        open.push(response)
        load.shed.track?.(response as unknown as ServerResponse, facts('aside'))
      }
      expect(open.length).toBeLessThanOrEqual(125)
      expect(load.shed(facts('aside'))).toBe(2)
      // so many as there are places for those who look around
      const lookers = Array.from({ length: 200 }, () => new EventEmitter())
      for (const looker of lookers) {
        expect(load.shed(facts('low'))).toBeUndefined()
        load.shed.track?.(looker as ServerResponse, facts('low'))
      }
      expect(admitted(load)).toEqual(['low', 'normal', 'high'])
      for (const looker of lookers) looker.emit('close')
      // a hash takes its time
      time += 1000
      for (const response of open.splice(0, 10)) response.emit('close')
    }
    expect(load.stats().limit).toMatchObject({ aside: 48, normal: 500, high: 1000 })
  })

  it('never refuses the first few of a kind, however long they take', () => {
    let time = 0
    const load = createLoadShedding({ loopDelay: () => 0, now: () => time })
    for (let round = 0; round < 100; round += 1) {
      expect(load.shed(facts('low'))).toBeUndefined()
      const responses = Array.from({ length: 15 }, () => Object.assign(new EventEmitter(), { writableFinished: true }))
      for (const response of responses) load.shed.track?.(response as unknown as ServerResponse, facts('low'))
      time += 5000
      for (const response of responses) response.emit('close')
    }
    expect(load.stats().limit.low).toBe(16)
  })

  it('says when to come back, keeps those who pay, and forgets whoever hung up', async () => {
    const load = createLoadShedding({ maxInFlight: 4, loopDelay: () => 0 })
    const waiting: (() => void)[] = []
    const hold = () => new Promise<{ done: boolean }>((resolve) => waiting.push(() => resolve({ done: true })))
    const answer = { response: closed({ done: Type.Boolean() }), access: anyone }
    const app = buildApp({
      log: silentLogger,
      services: [
        {
          name: 'things',
          routes: [
            get('/api/look', { ...answer, summary: 'Look' }, hold),
            post('/api/pay', { ...answer, summary: 'Pay', priority: 'high', idempotency: 'none' }, async () => ({ done: true })),
          ],
        },
      ],
      edge: { rateLimit: false, shed: load.shed },
    })
    await app.listen({ host: '127.0.0.1', port: 0 })
    const { port } = app.server.address() as AddressInfo
    const gone = connect({ host: '127.0.0.1', port })
    gone.write('GET /api/look HTTP/1.1\r\nhost: shop\r\n\r\n')
    await eventually(() => expect(load.stats().inFlight).toBe(1))
    const refused = await app.inject('/api/look')
    expect(refused.statusCode).toBe(503)
    expect(refused.headers['retry-after']).toBe('3')
    expect(refused.json().code).toBe('http/overloaded')
    expect((await app.inject({ method: 'POST', url: '/api/pay' })).statusCode).toBe(200)
    gone.destroy()
    await eventually(() => expect(load.stats().inFlight).toBe(0))
    for (const release of waiting) release()
    await app.close()
  })

  it('notices by itself that it falls behind', async () => {
    const load = createLoadShedding({ maxLoopDelayMs: 40 })
    await eventually(() => expect(load.stats().loopDelayMs).toBeLessThan(40))
    const until = performance.now() + 150
    while (performance.now() < until);
    await eventually(() => expect(load.stats().loopDelayMs).toBeGreaterThan(0), { everyMs: 1 })
    await eventually(() => expect(admitted(load)).toEqual(['low', 'normal', 'high']))
    load.close()
  })
})
