import { once } from 'node:events'
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { type OutwardRequest, sendOutward } from './outward.ts'
import { isPublicAddress, outwardUrl } from './outward-url.ts'

const servers: Server[] = []
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections()
    server.close()
  }
})

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener)
  servers.push(server)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

const call = (url: string, more: Partial<OutwardRequest> = {}) =>
  sendOutward({ url, method: 'POST', body: Buffer.from('{}'), timeoutMs: 1000, maxBytes: 100, allowPrivate: true, ...more })

describe('S16: an address that somebody entered', () => {
  it.each([
    'http://example.com/hook', 'ftp://example.com/', 'file:///etc/passwd', 'gopher://example.com/', 'javascript:alert(1)', 'example.com', '',
    'https://user@example.com/', 'https://user:pass@example.com/', 'https://example.com/#part', 'https://example.com:22/', 'https://example.com:80/',
    'https://localhost/', 'https://x.localhost/', 'https://LOCALHOST./', 'https://printer.local/', 'https://metadata.google.internal/', 'https://db/',
    'https://127.0.0.1/', 'https://127.1/', 'https://2130706433/', 'https://0x7f000001/', 'https://0177.0.0.1/', 'https://0.0.0.0/', 'https://0/',
    'https://10.0.0.1/', 'https://172.16.0.1/', 'https://192.168.1.1/', 'https://169.254.169.254/latest/meta-data/', 'https://100.64.0.1/',
    'https://[::1]/', 'https://[::]/', 'https://[::ffff:10.0.0.1]/', 'https://[::ffff:7f00:1]/', 'https://[fd00::1]/', 'https://[fe80::1]/',
    'https://[64:ff9b::a00:1]/', 'https://[2002:7f00:1::]/', 'https://①②⑦.⓪.⓪.①/', 'https://224.0.0.1/', 'https://255.255.255.255/',
  ])('is refused: %s', (text) => {
    expect(() => outwardUrl(text, { allowPrivate: false })).toThrow()
  }) // biome-ignore format: a table reads better in rows

  it.each([
    'https://example.com/hook?x=1',
    'https://example.com:8443/',
    'https://93.184.215.14/',
    'https://[2606:4700::1111]/',
    'https://bücher.example/',
  ])('is accepted: %s', (text) => {
    expect(outwardUrl(text, { allowPrivate: false }).protocol).toBe('https:')
  })

  it('is nothing that only looks like an address', () => {
    for (const text of ['', 'example.com', '10.1', '::ffff:127.0.0.1', '0x7f.1', '127.0.0.1%lo'])
      expect(isPublicAddress(text)).toBe(false)
  })
})

describe('S16, S17: calling it', () => {
  it('sends the bytes and reads the answer up to a limit', async () => {
    const url = await serve(async (request, response) => {
      let body = ''
      for await (const chunk of request) body += chunk
      response.writeHead(202, { 'x-seen': request.headers['x-test'] ?? '' }).end(body + 'x'.repeat(1000))
    })
    const answer = await call(url, { body: Buffer.from('hello'), headers: { 'x-test': 'yes' } })
    expect(answer).toMatchObject({ status: 202, truncated: true })
    expect(answer.headers['x-seen']).toBe('yes')
    expect(answer.body.toString()).toBe('hello'.padEnd(100, 'x'))
  })

  it('refuses a name of which one address lies in a private network, and connects to none', async () => {
    const resolve = async () => [
      { address: '93.184.215.14', family: 4 },
      { address: '10.0.0.5', family: 4 },
    ]
    await expect(call('https://shop.example/', { allowPrivate: false, resolve })).rejects.toMatchObject({
      reason: 'private-address',
    })
  })

  it('looks a name up once and connects to what it found, whatever the name says afterwards', async () => {
    const url = new URL(await serve((_request, response) => response.end('ok')))
    url.hostname = 'changes-its-mind.example'
    let asked = 0
    const resolve = async () => [{ address: asked++ === 0 ? '127.0.0.1' : '127.0.0.9', family: 4 }]
    expect((await call(url.href, { resolve })).status).toBe(200)
    expect(asked).toBe(1)
  })

  it('follows no redirect', async () => {
    let calls = 0
    const url = await serve((_request, response) => {
      calls += 1
      response.writeHead(302, { location: '/inside' }).end()
    })
    expect((await call(url)).status).toBe(302)
    expect(calls).toBe(1)
  })

  it('waits no longer than it may: for the answer, its end, or the look-up', async () => {
    const silent = await serve(() => undefined)
    await expect(call(silent, { timeoutMs: 50 })).rejects.toMatchObject({ reason: 'timeout' })
    const endless = await serve((_request, response) => void response.write('x'))
    await expect(call(endless, { timeoutMs: 50 })).rejects.toMatchObject({ reason: 'timeout' })
    const resolve = () => new Promise<never>(() => undefined)
    await expect(call('http://slow.example', { timeoutMs: 50, resolve })).rejects.toMatchObject({ reason: 'timeout' })
  })

  it('says when nobody listens, or the name leads nowhere', async () => {
    await expect(call('http://127.0.0.1:1')).rejects.toMatchObject({ reason: 'connection' })
    await expect(call('http://nowhere.example', { resolve: async () => [] })).rejects.toMatchObject({ reason: 'no-address' })
  })
})
