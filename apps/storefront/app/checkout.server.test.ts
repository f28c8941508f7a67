import { describe, expect, it } from 'vitest'
import { detailsOf, placeOrder, purchaseOf } from './checkout.server.ts'
import type { Client } from '../../../packages/client/src/client.ts'
import { SoukError } from '../../../packages/client/src/errors.ts'

const refused = (code: string) =>
  new SoukError({ code, status: 409, title: 'No', detail: 'No.' }, new Headers({ 'retry-after': '1' }))

/** Sends the form of a checkout to a shop that answers so, one after the other: the order, and the keys it was asked with. */
async function pressing(answers: readonly (object | SoukError)[]) {
  const keys: unknown[] = []
  const call = (_name: string, _input: object, { idempotencyKey }: { idempotencyKey?: string }) => {
    const answer = answers[keys.push(idempotencyKey) - 1]
    return answer instanceof SoukError ? Promise.reject(answer) : Promise.resolve(answer)
  }
  const form = new FormData()
  form.set('key', 'the-key-of-the-form')
  const purchase = purchaseOf(form)
  const order = await placeOrder({ call } as unknown as Client, { purchase, details: detailsOf(form), member: false })
  return { order, keys }
}

describe('a form that is sent twice', () => {
  it('leads to its one order, also where the first press takes longer than a retry', async () => {
    const busy = refused('http/idempotency-in-flight')
    const { order, keys } = await pressing([busy, busy, busy, { id: 'the order' }])
    expect(order).toEqual({ id: 'the order' })
    expect(keys).toEqual(Array(4).fill('the-key-of-the-form'))
  })

  it('hears of a refusal at once', async () => {
    await expect(pressing([refused('orders/price-changed'), { id: 'an order' }])).rejects.toMatchObject({
      code: 'orders/price-changed',
    })
  })
})
