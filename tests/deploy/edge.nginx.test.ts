import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { openNginx } from './nginx.ts'

const closing: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

/** Stands for a gateway: takes what comes, refuses it at one address, and breaks off at another. */
async function gateway(): Promise<{ url: string; seen: string[]; stop(): Promise<void> }> {
  const seen: string[] = []
  const server = createServer((request, answer) => {
    request.resume().on('end', () => {
      seen.push(request.url!)
      if (request.url === '/api/breaks') return void request.socket.destroy()
      answer.writeHead(request.url === '/api/busy' ? 503 : 200).end()
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const stop = async () => {
    if (!server.listening) return
    server.close()
    server.closeAllConnections()
    await once(server, 'close')
  }
  closing.push(stop)
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, seen, stop }
}

async function edgeBeforeTwo() {
  const [one, two] = [await gateway(), await gateway()]
  const { url, close } = await openNginx([one.url, two.url])
  closing.push(close)
  return { one, two, url, all: () => [...one.seen, ...two.seen] }
}

describe('the edge before two gateways', () => {
  it('sends shoppers to the other one while one is being replaced, orders too, and none twice', async () => {
    const { one, url, all } = await edgeBeforeTwo()
    const order = async (number: number) => (await fetch(`${url}/api/orders?${number}`, { method: 'POST', body: '{}' })).status
    for (let number = 0; number < 10; number += 1) expect(await order(number)).toBe(200)
    expect(one.seen.length).toBeGreaterThan(0)
    await one.stop()
    const statuses: number[] = []
    for (let number = 10; number < 40; number += 1) statuses.push(await order(number))
    expect(statuses.filter((status) => status !== 200)).toEqual([])
    expect(new Set(all()).size).toBe(all().length)
  })

  it('takes the word of a gateway: what one refuses is not asked of the other', async () => {
    const { url, all } = await edgeBeforeTwo()
    expect((await fetch(`${url}/api/busy`)).status).toBe(503)
    expect(all()).toEqual(['/api/busy'])
  })

  it.each([
    ['GET', 2],
    ['PUT', 2],
    ['DELETE', 2],
    ['POST', 1],
    ['PATCH', 1],
  ])('sends %s to %i gateways where each breaks off in the middle', async (method, times) => {
    const { url, all } = await edgeBeforeTwo()
    const body = method === 'GET' || method === 'DELETE' ? {} : { body: '{}' }
    expect((await fetch(`${url}/api/breaks`, { method, ...body })).status).toBe(502)
    expect(all()).toHaveLength(times)
  })
})
