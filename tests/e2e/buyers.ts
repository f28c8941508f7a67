import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import type { Answer } from './client.ts'
import { client } from './client.ts'
import { address } from './stock-the-shop.ts'

/** People who buy and do not give up: each sends its order under one key until it is answered with an order. */
export interface Buyers {
  /** orders that were acknowledged, with the status they were answered with */
  readonly acknowledged: ReadonlyMap<string, string>
  /** statuses of answers that were no order; 0: none came */
  readonly refusals: readonly number[]
  /** nobody buys once more; resolves when all have their order */
  stop(): Promise<void>
}

/** How long one buyer tries: longer than any outage of a test. */
const PATIENCE_MS = 60_000

export function startBuyers(url: string, sku: string, count = 4): Buyers {
  const acknowledged = new Map<string, string>()
  const refusals: number[] = []
  const shop = client(url)
  let open = true
  const body = {
    items: [{ sku, quantity: 1 }],
    email: 'ann@example.com',
    shippingAddress: address,
    paymentMethodId: 'tok_approve',
  }
  const buy = async (): Promise<void> => {
    const key = randomUUID()
    const deadline = performance.now() + PATIENCE_MS
    for (;;) {
      const answer: Pick<Answer, 'status' | 'body' | 'text'> = await shop
        .post('/api/orders', body, { 'idempotency-key': key })
        .catch((error: unknown) => ({ status: 0, body: undefined, text: String(error) }))
      if (answer.status === 201 || answer.status === 202) {
        acknowledged.set(answer.body.id, answer.body.status)
        return
      }
      refusals.push(answer.status)
      const again = answer.status === 0 || answer.status === 409 || answer.status === 503
      if (!again || performance.now() > deadline) throw new Error(`an order was answered with ${answer.status}: ${answer.text}`)
      await delay(50)
    }
  }
  const all = Promise.all(
    Array.from({ length: count }, async () => {
      while (open) await buy()
    }),
  )
  all.catch(() => undefined)
  return {
    acknowledged,
    refusals,
    async stop() {
      open = false
      await all
    },
  }
}
