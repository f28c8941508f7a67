import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { constants, createServer, type Http2Session } from 'node:http2'
import { type AddressInfo, connect } from 'node:net'
import { createInterface } from 'node:readline'
import { afterEach, describe, expect, it } from 'vitest'
import { servicePrincipal } from '#kit/core/principal.ts'
import { eventually } from '#kit/testing/eventually.ts'
import { answers, caller, closeAll, crashes, hangs, instance, opened, refuses } from './shelf.fixture.ts'

afterEach(closeAll)

const NOBODY = 'http://127.0.0.1:1'
const unreachable = { kind: 'unavailable', code: 'rpc/unreachable' }
const each = (count: number, one: (n: number) => Promise<unknown>) =>
  Promise.allSettled(Array.from({ length: count }, (_, n) => one(n)))
const quick = { failures: 5, openMs: 50, maxOpenMs: 200 }
const never = { failures: 1e9, atLeast: 1e9 }

/** A process that breaks off every call in the middle. */
async function breaking() {
  const one = await instance()
  one.state.answer = async () => {
    one.cut()
    return await new Promise(() => undefined)
  }
  return one
}

/** A process that is about to stop: it listens, and refuses whatever comes. */
async function leaving() {
  const sessions = new Set<Http2Session>()
  const server = createServer().on('session', (session) => sessions.add(session))
  let refused = 0
  server.on('stream', (stream) => {
    refused += 1
    stream.on('error', () => undefined)
    stream.close(constants.NGHTTP2_REFUSED_STREAM)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  opened.push(() => {
    for (const session of sessions) session.destroy()
    server.close()
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, refused: () => refused }
}

/** A machine that is gone without a word: nobody takes a connection in, and nobody refuses one. */
async function blackHole(): Promise<string> {
  const script =
    "const s = require('net').createServer().listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => console.log(s.address().port))"
  const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] })
  const [line] = (await once(createInterface(child.stdout), 'line')) as [string]
  child.kill('SIGSTOP')
  const filling = Array.from({ length: 6 }, () => connect(Number(line), '127.0.0.1').on('error', () => undefined))
  opened.push(async () => {
    for (const socket of filling) socket.destroy()
    child.kill('SIGKILL')
    await once(child, 'exit')
  })
  return `http://127.0.0.1:${line}`
}

describe('a call to a service with several instances', () => {
  it('goes to the one with less to do', async () => {
    const [slow, good] = [await instance(hangs), await instance()]
    const orders = caller([slow.url, good.url])
    const waiting = each(8, (n) => orders.take(n))
    await eventually(() => expect([slow.seen.length + good.seen.length, orders.inFlight()[1]]).toEqual([8, 0]))
    const before = slow.seen.length
    for (let n = 0; n < 20; n += 1) await orders.look(n)
    expect(before).toBeGreaterThan(0)
    expect(slow.seen).toHaveLength(before)
    slow.cut()
    await waiting
  })

  it('is repeated elsewhere when it broke off and only reads; what may have changed something is not, also with a key', async () => {
    const [bad, good] = [await breaking(), await instance()]
    const orders = caller([bad.url, good.url], { breaker: never })
    for (let n = 0; bad.seen.length < 3; n += 1) expect(await orders.look(n)).toEqual({ call: n })
    const key = { principal: servicePrincipal('orders'), idempotencyKey: 'once-and-only-once' }
    const lost: unknown[] = []
    for (let n = 100; n < 120; n += 1) await orders.take(n, key).catch((error: unknown) => lost.push(error))
    expect(lost.length).toBeGreaterThan(0)
    for (const error of lost) expect(error).toMatchObject(unreachable)
    const all = [...bad.seen, ...good.seen].filter((call) => call >= 100)
    expect(all).toHaveLength(new Set(all).size)
  })

  it('goes elsewhere, whatever it does, where nobody listens; nobody is asked there again for now', async () => {
    const good = await instance()
    const orders = caller([NOBODY, good.url], { breaker: { openMs: 60_000 } })
    for (let n = 0; n < 20; n += 1) await orders.take(n)
    expect(good.seen).toEqual(Array.from({ length: 20 }, (_, n) => n))
    expect(orders.states()).toEqual(['open', 'closed'])
    expect(orders.remote.states()[0]!.requests).toBe(1)
  })

  it('goes elsewhere where no connection comes about within a second', async () => {
    const good = await instance()
    const orders = caller([await blackHole(), good.url], { breaker: { failures: 1, openMs: 60_000 } })
    while (orders.states()[0] === 'closed') await orders.take(good.seen.length)
    expect(good.seen).toEqual(good.seen.map((_, n) => n))
  }, 15_000)

  it('goes elsewhere when an instance refuses it because it stops, which is no illness', async () => {
    const [going, staying] = [await leaving(), await instance()]
    const orders = caller([going.url, staying.url], { breaker: { failures: 1 } })
    for (let n = 0; n < 20; n += 1) expect(await orders.take(n)).toEqual({ call: n })
    expect(staying.seen).toEqual(Array.from({ length: 20 }, (_, n) => n))
    expect(going.refused()).toBeGreaterThan(0)
    expect(orders.states()).toEqual(['closed', 'closed'])
  })

  it('adds no more than a tenth to the load, however much breaks', async () => {
    const bad = await breaking()
    const orders = caller([bad.url], { breaker: never })
    const attempts = () => orders.remote.states()[0]!.requests
    while (orders.remote.retryTokens > 0) await each(5, orders.look)
    const before = attempts()
    for (let n = 0; n < 5; n += 1) await each(20, orders.look)
    expect(attempts() - before).toBeGreaterThan(105)
    expect(attempts() - before).toBeLessThanOrEqual(111)
  })
})

describe('an instance', () => {
  it('is well when it says no, and when it fails by a mistake of its own', async () => {
    for (const answer of [refuses, crashes]) {
      const one = await instance(answer)
      const orders = caller([one.url], { breaker: { failures: 1 } })
      await each(3, (n) => orders.look(n))
      expect(one.seen).toHaveLength(3)
      expect(orders.states()).toEqual(['closed'])
    }
  })

  it('is not well when it is silent for as long as a call may take; who had hardly any time has not shown that', async () => {
    const silent = await instance(hangs)
    const orders = caller([silent.url], { timeoutMs: 1_200 })
    const soon = () => ({ principal: servicePrincipal('orders'), deadline: Date.now() + 100 })
    await each(6, (n) => orders.take(n, soon()))
    expect(orders.states()).toEqual(['closed'])
    await each(6, (n) => orders.take(n))
    expect(orders.states()).toEqual(['open'])
  })

  it('that broke off calls gets none until it says that it is ready; then one is the trial', async () => {
    const [ill, good] = [await breaking(), await instance()]
    ill.state.ready = false
    const orders = caller([ill.url, good.url], { breaker: quick })
    while (orders.states()[0] === 'closed') await orders.look(0)
    const before = ill.seen.length
    // longer than the first knocks are apart
    for (const begun = performance.now(); performance.now() - begun < 300; ) await orders.take(0)
    expect(ill.seen).toHaveLength(before)
    Object.assign(ill.state, { ready: true, answer: answers })
    await eventually(() => expect(orders.states()[0]).toBe('half-open'))
    await eventually(async () => {
      await orders.take(1)
      expect(orders.states()).toEqual(['closed', 'closed'])
    })
    expect(ill.seen.length).toBeGreaterThan(before)
  })

  it('has no more under way than it is allowed; the next one is refused at once', async () => {
    const slow = await instance(hangs)
    const orders = caller([slow.url], { maxInFlight: () => 2 })
    const waiting = each(2, (n) => orders.take(n))
    await eventually(() => expect(slow.seen).toHaveLength(2))
    const begun = performance.now()
    await expect(orders.take(3)).rejects.toMatchObject({ kind: 'unavailable', code: 'rpc/too-busy', retryAfterSeconds: 1 })
    expect(performance.now() - begun).toBeLessThan(4_000)
    slow.cut()
    await waiting
    expect(orders.inFlight()).toEqual([0])
  })
})

describe('where nobody is left who answers', () => {
  it('one is asked all the same: the only instance is in use again with the first call after it came back', async () => {
    const only = await instance()
    const orders = caller([only.url], { breaker: { openMs: 60_000 } })
    await orders.take(1)
    await only.away()
    for (let n = 0; n < 10; n += 1) await expect(orders.take(n)).rejects.toMatchObject(unreachable)
    expect(orders.states()).toEqual(['open'])
    await only.back()
    expect(await orders.take(2)).toEqual({ call: 2 })
    expect(orders.states()).toEqual(['closed'])
  })

  it('and of several whoever comes back first', async () => {
    const [one, other] = [await instance(), await instance()]
    const orders = caller([one.url, other.url], { breaker: { openMs: 60_000 } })
    await Promise.all([one.away(), other.away()])
    for (let n = 0; n < 4; n += 1) await expect(orders.take(n)).rejects.toMatchObject(unreachable)
    expect(orders.states()).toEqual(['open', 'open'])
    await other.back()
    expect(await orders.take(5)).toEqual({ call: 5 })
    expect(orders.states()).toEqual(['open', 'closed'])
  })
})

describe('a stream', () => {
  it('counts as under way, and says nothing about its instance, however it ends', async () => {
    const one = await instance()
    const orders = caller([one.url], { breaker: { failures: 1 } })
    const streams = [orders.follow(1), orders.follow(2)]
    for (const stream of streams) await stream.next()
    expect(orders.inFlight()).toEqual([2])
    await streams[0]!.return?.()
    one.cut()
    await expect(streams[1]!.next()).rejects.toMatchObject(unreachable)
    expect(orders.inFlight()).toEqual([0])
    expect(orders.states()).toEqual(['closed'])
  })

  it('is not the trial of an instance that was ill', async () => {
    const one = await instance()
    const orders = caller([one.url], { breaker: quick })
    await one.away()
    await expect(orders.take(1)).rejects.toMatchObject(unreachable)
    await one.back()
    await eventually(() => expect(orders.states()).toEqual(['half-open']))
    const stream = orders.follow(2)
    await stream.next()
    expect(orders.states()).toEqual(['half-open'])
    await stream.return?.()
    expect(orders.states()).toEqual(['half-open'])
    await orders.take(3)
    expect(orders.states()).toEqual(['closed'])
  })
})

describe('an instance that is gone from the registry', () => {
  it('finishes what is under way, then its connection is closed', async () => {
    const release = Promise.withResolvers<{ call: number }>()
    const [going, staying] = [await instance(() => release.promise), await instance()]
    const orders = caller([going.url])
    const last = orders.take(1)
    await eventually(() => expect(going.seen).toEqual([1]))
    orders.move([staying.url])
    expect(orders.remote.states().map(({ url }) => url)).toEqual([staying.url])
    expect(going.connections()).toBe(1)
    release.resolve({ call: 1 })
    expect(await last).toEqual({ call: 1 })
    await eventually(() => expect(going.connections()).toBe(0))
  })
})
