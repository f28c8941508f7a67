import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { countAnswers } from './answers.ts'
import { openEdge } from './edge.ts'

const closing: (() => Promise<unknown> | unknown)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

const NOBODY = 'http://127.0.0.1:1'

async function gateway(behaviour: RequestListener): Promise<string> {
  const server = createServer(behaviour).listen(0, '127.0.0.1')
  await once(server, 'listening')
  closing.push(() => {
    server.close()
    server.closeAllConnections()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

async function edgeBefore(...gateways: string[]) {
  const answers = countAnswers()
  const edge = await openEdge(gateways, answers.take)
  closing.push(edge.close)
  const ask = async (method: string, path = '/api/orders') => (await fetch(`${edge.url}${path}`, { method })).status
  return { ask, answers }
}

const fine: RequestListener = (_request, answer) => void answer.writeHead(201, { 'x-from': 'gateway' }).end('{}')
const hangsUp: RequestListener = (request) => void request.socket.destroy()
const refuses =
  (status: number, code: string): RequestListener =>
  (_request, answer) =>
    void answer.writeHead(status, { 'content-type': 'application/problem+json' }).end(JSON.stringify({ code }))

test('where no gateway listens the next one is asked, and nothing counts as failed', async () => {
  const { ask, answers } = await edgeBefore(NOBODY, await gateway(fine))
  for (let n = 0; n < 4; n += 1) expect(await ask('POST')).toBe(201)
  expect(answers.sinceLast()).toMatchObject({ requests: 4, failed: [], tally: { '201': 4 } })
  expect(answers.sinceLast().requests).toBe(0)
})

test('an order that was sent and got no answer is not sent again: it counts as failed', async () => {
  const { ask, answers } = await edgeBefore(await gateway(hangsUp), await gateway(hangsUp))
  expect(await ask('POST')).toBe(502)
  expect(answers.sinceLast().failed).toEqual([expect.stringMatching(/^POST \/api\/orders: no answer/)])
})

test('what a shop is meant to refuse is no failure; what nobody should see is one, also a refusal', async () => {
  const tally = async (status: number, code: string) => {
    const { ask, answers } = await edgeBefore(await gateway(refuses(status, code)))
    await ask('POST')
    return answers.sinceLast().failed
  }
  expect(await tally(409, 'orders/out-of-stock')).toEqual([])
  expect(await tally(402, 'orders/payment-declined')).toEqual([])
  expect(await tally(503, 'http/overloaded')).toEqual(['POST /api/orders: 503 http/overloaded'])
  expect(await tally(401, 'http/unauthenticated')).toHaveLength(1)
  expect(await tally(404, 'http/not-found')).toHaveLength(1)
})
