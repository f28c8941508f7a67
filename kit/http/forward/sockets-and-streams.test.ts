import { type IncomingMessage, request as httpRequest } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import { createVouchReader } from './vouch.ts'
import { eventually } from '#kit/testing/eventually.ts'

import { closeAll, gateway, instance, json, opened, secret } from './forwarder.fixture.ts'

afterEach(closeAll)

describe('a WebSocket', () => {
  /** Says back what it hears, and how it was asked. */
  async function echo() {
    const seen: IncomingMessage[] = []
    const server = new WebSocketServer({ port: 0, host: '127.0.0.1' })
    await once(server, 'listening')
    server.on('connection', (socket, request) => {
      seen.push(request)
      socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary }))
    })
    opened.push(async () => {
      for (const one of server.clients) one.terminate()
      server.close()
    })
    return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, seen }
  }
  /** Opens one through the gateway: what came back for what was said, or the status of the refusal. */
  function talk(url: string, path: string, said: readonly (string | Buffer)[], headers: Record<string, string> = {}) {
    const socket = new WebSocket(`${url.replace('http', 'ws')}${path}`, { headers })
    opened.push(async () => socket.terminate())
    return new Promise<{ heard: string[] } | { status: number }>((resolve, reject) => {
      const heard: string[] = []
      socket.on('unexpected-response', (_request, answer) => resolve({ status: answer.statusCode! }))
      socket.on('error', reject)
      socket.on('open', () => {
        for (const text of said) socket.send(text)
      })
      socket.on('message', (data) => {
        heard.push(data.toString())
        if (heard.length === said.length) resolve({ heard })
      })
    })
  }

  it('is joined to an instance of the service, with who asks said by us alone', async () => {
    const service = await echo()
    const { url, forwarder } = await gateway([service.url])
    const headers = { 'x-test-principal': 'ann', 'x-forwarded-for': '203.0.113.9', 'x-souk-client': 'forged' }
    expect(await talk(url, '/api/mine?x=1', ['one', Buffer.from('two')], headers)).toEqual({ heard: ['one', 'two'] })
    const [request] = service.seen
    expect(request!.url).toBe('/api/mine?x=1')
    expect(request!.headers['x-forwarded-for']).toBe('127.0.0.1')
    expect(createVouchReader(secret)(request!.headers)).toBe('127.0.0.1')
    expect(forwarder.states()).toMatchObject([{ inFlight: 1, breaker: 'closed' }])
  })

  it('is opened for those only who might ask for the same address, and from pages of the shop', async () => {
    const service = await echo()
    const { url } = await gateway([service.url])
    expect(await talk(url, '/api/mine', ['x'])).toEqual({ status: 401 })
    expect(await talk(url, '/api/staff', ['x'], { 'x-test-principal': 'ann' })).toEqual({ status: 403 })
    expect(await talk(url, '/internal/things', ['x'], { 'x-test-principal': 'service' })).toEqual({ status: 404 })
    expect(await talk(url, '/api/things/..%2fstaff', ['x'])).toEqual({ status: 400 })
    expect(await talk(url, '/api/things', ['x'], { origin: 'https://evil.example' })).toEqual({ status: 403 })
    expect(await talk(url, '/api/things', ['x'], { origin: 'https://shop.example' })).toEqual({ heard: ['x'] })
    expect(service.seen).toHaveLength(1)
  })

  it('behind a trusted proxy is of the client, the scheme and the host that the proxy tells of, and counted as theirs', async () => {
    const service = await echo()
    const edge = { trustedProxies: ['127.0.0.1'], rateLimit: { max: 2 } } as const
    const { url, ask } = await gateway([service.url], {}, {}, undefined, edge)
    const from = (client: string) => ({
      'x-forwarded-for': `192.0.2.1, ${client}`,
      'x-forwarded-proto': 'https',
      'x-forwarded-host': 'shop.example.org',
      origin: 'https://shop.example.org',
    })
    expect(await talk(url, '/api/things', ['x'], from('203.0.113.7'))).toEqual({ heard: ['x'] })
    expect(await talk(url, '/api/things', ['x'], from('203.0.113.7'))).toEqual({ heard: ['x'] })
    expect(await talk(url, '/api/things', ['x'], from('203.0.113.7'))).toEqual({ status: 429 })
    expect((await ask('/api/nothing', { headers: from('203.0.113.7') })).status).toBe(429)
    expect(await talk(url, '/api/things', ['x'], from('203.0.113.8'))).toEqual({ heard: ['x'] })
    const { headers } = service.seen.at(-1)!
    expect(headers).toMatchObject({
      'x-forwarded-for': '203.0.113.8',
      'x-forwarded-proto': 'https',
      'x-forwarded-host': 'shop.example.org',
    })
    expect(createVouchReader(secret)(headers)).toBe('203.0.113.8')
  })

  it('of somebody who only says so is of the address it comes from', async () => {
    const service = await echo()
    const { url } = await gateway([service.url], {}, {}, undefined, { trustedProxies: ['10.0.0.1'] })
    const said = { 'x-forwarded-for': '203.0.113.7', 'x-forwarded-proto': 'https', 'x-forwarded-host': 'evil.example' }
    expect(await talk(url, '/api/things', ['x'], { ...said, origin: 'https://evil.example' })).toEqual({ status: 403 })
    expect(await talk(url, '/api/things', ['x'], said)).toEqual({ heard: ['x'] })
    const { host } = new URL(url)
    expect(service.seen[0]!.headers).toMatchObject({
      'x-forwarded-for': '127.0.0.1',
      'x-forwarded-proto': 'http',
      'x-forwarded-host': host,
    })
  })

  it('that no instance takes is refused, and an offer of HTTP/2 is an ordinary request', async () => {
    const { url, ask } = await gateway(['http://127.0.0.1:1'])
    expect(await talk(url, '/api/things', ['x'])).toEqual({ status: 503 })
    expect((await ask('/api/nothing')).status).toBe(404)
    const plain = await instance(json({ fine: true }))
    const other = await gateway([plain.url])
    const answer = await new Promise<number>((resolve, reject) => {
      const request = httpRequest(`${other.url}/api/things`, {
        headers: { connection: 'Upgrade, HTTP2-Settings', upgrade: 'h2c', 'http2-settings': 'AAMAAABk' },
      })
      request.on('response', (got) => {
        got.resume()
        resolve(got.statusCode!)
      })
      request.on('error', reject)
      request.end()
    })
    expect(answer).toBe(200)
  })
})

describe('a stream of events', () => {
  it('arrives as it is said, not when it is over', async () => {
    const service = await instance((_request, answer) => {
      answer.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' })
      answer.write('data: one\n\n')
      // longer than any other answer may be silent
      setTimeout(() => answer.end('data: two\n\n'), 600)
    })
    const { url } = await gateway([service.url], { silenceMs: 300 })
    const answer = await fetch(`${url}/api/things`, { headers: { accept: 'text/event-stream' } })
    const reader = answer.body!.pipeThrough(new TextDecoderStream()).getReader()
    expect((await reader.read()).value).toBe('data: one\n\n')
    expect((await reader.read()).value).toBe('data: two\n\n')
    expect((await reader.read()).done).toBe(true)
  })
})

describe('instances that come and go', () => {
  it('get requests from the next one on; those under way are finished', async () => {
    let finish: (() => void) | undefined
    const slow = await instance((_request, answer) => {
      finish = () => void answer.writeHead(200, { 'content-type': 'application/json' }).end('{"from":"slow"}')
    })
    const next = await instance(json({ from: 'next' }))
    const peers = new Map([['things', [{ url: slow.url, version: 'main' }]]])
    const { ask, forwarder } = await gateway([], {}, {}, peers)
    const underWay = ask('/api/things')
    await eventually(() => expect(finish).toBeDefined())
    peers.set('things', [{ url: next.url, version: 'v2' }])
    expect((await ask('/api/things')).body).toEqual({ from: 'next' })
    expect(forwarder.states()).toMatchObject([{ url: next.url, version: 'v2' }])
    finish!()
    expect((await underWay).body).toEqual({ from: 'slow' })
  })

  it('limits that change hold from the next request on', async () => {
    const limits = { timeoutMs: 5_000 }
    const service = await instance(() => undefined)
    const { ask } = await gateway([service.url], limits)
    limits.timeoutMs = 100
    expect((await ask('/api/things')).status).toBe(504)
  })
})
