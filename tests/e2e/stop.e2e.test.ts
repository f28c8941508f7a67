import { Agent, request } from 'node:http'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { signIn } from './client.ts'
import { quick } from './shared-shop.ts'
import { openShop, type Shop } from './shop.ts'
import { address, sell } from './stock-the-shop.ts'

let shop: Shop
beforeAll(async () => {
  shop = await openShop(quick)
})
afterAll(async () => await shop.remove())

const BUYERS = 200

/** Orders on a connection of its own and says what came back: a status, or the error of the connection. */
function buy(url: string, sku: string, onAnswer: () => void): Promise<number | string> {
  const body = JSON.stringify({
    items: [{ sku, quantity: 1 }],
    email: 'ann@example.com',
    shippingAddress: address,
    paymentMethodId: 'tok_approve',
  })
  return new Promise((resolve) => {
    const sent = request(`${url}/api/orders`, {
      method: 'POST',
      agent: new Agent({ keepAlive: false }),
      headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) },
    })
    sent.on('response', (answer) => {
      answer.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message))
      answer.on('end', () => {
        onAnswer()
        resolve(answer.statusCode ?? 0)
      })
      answer.resume()
    })
    sent.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message))
    sent.end(body)
  })
}

describe('stopping the shop in the middle of a rush', () => {
  it('answers everybody it has let in, and keeps every order it has confirmed', async () => {
    const staff = await signIn(shop.url, shop.administrator.email, shop.administrator.password)
    await sell(staff, 'rush', { units: BUYERS })
    let answered = 0
    let stopped: Promise<number | null> | undefined
    const onAnswer = () => {
      answered += 1
      // with the eleventh answer: whoever looked now and then might find that all have theirs
      if (answered === 11) stopped = shop.stop()
    }
    const answers = await Promise.all(Array.from({ length: BUYERS }, () => buy(shop.url, 'rush', onAnswer)))
    expect(await stopped).toBe(0)
    expect(answers.filter((answer) => typeof answer === 'string')).toEqual([])
    expect(answers.filter((answer) => answer !== 201)).toEqual([])

    await shop.start()
    const again = await signIn(shop.url, shop.administrator.email, shop.administrator.password)
    const left = (await again.get('/api/inventory/rush')).body.available
    expect(left).toBe(0)
    const { code, lines } = await shop.command('invariants')
    expect({ code, lines }).toMatchObject({ code: 0 })
  }, 120_000)
})
