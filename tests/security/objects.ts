import { randomUUID } from 'node:crypto'
import { expect } from 'vitest'
import { createAuthenticator } from '#kit/testing/authenticator.ts'
import { eventually } from '#kit/testing/eventually.ts'
import { expectStatus } from '../e2e/client.ts'
import { address, sell } from '../e2e/stock-the-shop.ts'
import type { Shop } from '../e2e/shop.ts'
import { newCustomer, password, type Person } from './people.ts'

/** A thing that belongs to somebody, named by the parameters of its address. */
export interface Owned {
  readonly params: Readonly<Record<string, string>>
  readonly owner: Person
}

/** A picture of one grey pixel. */
export const PIXEL = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNoAAAAggCBd81ytgAAAABJRU5ErkJggg==',
  'base64',
)

/** Makers of everything in the shop that belongs to one customer or one stall. */
export function makers(
  shop: Shop,
  { admin, customer, seller, sku = 'matrix-mug' }: { admin: Person; customer: Person; seller: Person; sku?: string },
) {
  let count = 0
  let stall: Promise<string> | undefined
  const sellerId = () =>
    (stall ??= seller.client
      .post('/api/sellers', { name: `A stall with ${sku}` })
      .then((answer) => expectStatus(answer, 201).body.id as string))
  const shelf = (() => {
    let made: ReturnType<typeof sell> | undefined
    return () => (made ??= sell(admin.client, sku, { units: 1000 }))
  })()

  async function order(payment: object = { paymentMethodId: 'tok_approve' }) {
    const { sku } = await shelf()
    const answer = await customer.client.post('/api/orders', {
      items: [{ sku, quantity: 1 }],
      shippingAddress: address,
      ...payment,
    })
    return expectStatus(answer, 201).body
  }
  /** a draft: what is on sale everybody can see anyway */
  async function product(): Promise<string> {
    count += 1
    const answer = await seller.client.post('/api/products', {
      texts: { en: { title: `Own ${count}` } },
      sellerId: await sellerId(),
      status: 'DRAFT',
      variants: [{ sku: `own-${count}`, price: { amount: 500, currency: 'EUR' } }],
    })
    return expectStatus(answer, 201).body.id
  }
  /** one that waits for staff: what is shown everybody can see anyway */
  async function review(): Promise<string> {
    count += 1
    const { productId } = await sell(admin.client, `reviewed-${count}`)
    const answer = await customer.client.post('/api/reviews', { productId, stars: 4, text: `Number ${count} is a good one.` })
    return expectStatus(answer, 201).body.id
  }
  const own = (owner: Person, params: Record<string, string>): Owned => ({ params, owner })
  async function delivered() {
    const placed = await order()
    await eventually(
      async () => expect((await customer.client.get(`/api/orders/${placed['id']}`)).body.status).toBe('DELIVERED'),
      { timeoutMs: 30_000, everyMs: 100 },
    )
    return placed
  }

  return {
    order: async () => own(customer, { id: (await order())['id'] as string }),
    delivered: async () => own(customer, { id: (await delivered())['id'] as string }),
    orderNumber: async () => own(customer, { number: (await order())['number'] as string }),
    orderPayments: async () => own(customer, { orderId: (await order())['id'] as string }),
    /** of an order that waits for its payment, so its parcel cannot leave meanwhile */
    async edit() {
      const { id, items } = await order({})
      const lines = [{ lineId: items[0].lineId, quantity: 2 }]
      const { edit } = expectStatus(await admin.client.post(`/api/orders/${id}/edits`, { lines }), 201).body
      return own(customer, { id, editId: edit.id })
    },
    async payment() {
      const { id } = await order()
      const payments = expectStatus(await admin.client.get(`/api/payments?orderId=${id}`), 200)
      return own(customer, { id: payments.body.items[0].id })
    },
    /** has come back and is paid back, so there is a credit note */
    async return() {
      const placed = await delivered()
      const { lineId } = (await customer.client.get(`/api/orders/${placed['id']}`)).body.items[0]
      const asked = await customer.client.post(`/api/orders/${placed['id']}/returns`, {
        lines: [{ lineId, quantity: 1, reason: 'changed-mind' }],
      })
      const { id } = expectStatus(asked, 201).body
      expectStatus(await admin.client.post(`/api/returns/${id}/approve`), 200)
      expectStatus(
        await admin.client.post(`/api/returns/${id}/receive`, { lines: [{ lineId, quantity: 1, restock: true }] }),
        200,
      )
      await eventually(async () => expect((await customer.client.get(`/api/returns/${id}/credit-note`)).status).toBe(200), {
        timeoutMs: 20_000,
        everyMs: 100,
      })
      return own(customer, { id })
    },
    async user() {
      const person = await newCustomer(shop, 'themselves')
      return own(person, { id: person.id })
    },
    async address() {
      count += 1
      // the same address again would be the same address
      const made = await customer.client.post('/api/users/me/addresses', { ...address, line2: `Door ${count}` })
      return own(customer, { id: customer.id, addressId: expectStatus(made, 201).body.id })
    },
    cart: async () => own(customer, { userId: customer.id }),
    person: async () => own(customer, { userId: customer.id }),
    async session() {
      const person = await newCustomer(shop, 'themselves')
      const { sessions } = expectStatus(await person.client.get('/api/auth/sessions'), 200).body
      return own(person, { id: sessions[0].id })
    },
    /** of a shop that AUTH_PASSKEY_ORIGINS gives a page to ask for it */
    async passkey() {
      const person = await newCustomer(shop, 'themselves')
      const { body: options } = expectStatus(await person.client.post('/api/auth/passkeys/options', { password }), 200)
      const credential = createAuthenticator(`https://${options.rp.id}`, options.rp.id).create(options)
      const added = await person.client.post('/api/auth/passkeys', { name: 'Phone', credential })
      return own(person, { id: expectStatus(added, 201).body.id })
    },
    async paymentMethod() {
      const saved = await customer.client.post('/api/payments/methods', { token: `pm_${randomUUID()}`, kind: 'card' })
      return own(customer, { id: expectStatus(saved, 200, 201).body.id })
    },
    product: async () => own(seller, { id: await product() }),
    onSale: async () => own(seller, { id: (await shelf()).productId }),
    review: async () => own(customer, { id: await review() }),
    /** of a review */
    async reviewPicture() {
      const id = await review()
      const answer = await fetch(`${shop.url}/api/reviews/${id}/pictures`, {
        method: 'POST',
        headers: { authorization: customer.authorization ?? '', 'content-type': 'image/png' },
        body: PIXEL,
      })
      if (answer.status !== 201) throw new Error(`no picture: ${answer.status} ${await answer.text()}`)
      const { pictures } = (await answer.json()) as { pictures: { id: string }[] }
      return own(customer, { id, pictureId: pictures[0]!.id })
    },
    async picture() {
      const id = await product()
      const answer = await fetch(`${shop.url}/api/products/${id}/images`, {
        method: 'POST',
        headers: { 'content-type': 'image/png', authorization: seller.authorization },
        body: PIXEL,
      })
      if (answer.status !== 201) throw new Error(`no picture: ${answer.status} ${await answer.text()}`)
      return own(seller, { id, mediaId: ((await answer.json()) as { id: string }).id })
    },
  } satisfies Record<string, () => Promise<Owned>>
}

export type Makers = ReturnType<typeof makers>
export type OwnedKind = keyof Makers
