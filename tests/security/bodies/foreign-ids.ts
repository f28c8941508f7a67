import { randomUUID } from 'node:crypto'
import { eventually } from '#kit/testing/eventually.ts'
import { type Answer, type Client, expectStatus } from '../../e2e/client.ts'
import { address } from '../../e2e/stock-the-shop.ts'
import type { Makers } from '../objects.ts'
import type { Person } from '../people.ts'

/** One field that names something: what it names of the caller's own, what of somebody else's, and how to ask. */
export interface ForeignCase {
  readonly field: string
  readonly own: () => Promise<string>
  readonly foreign: () => Promise<string>
  readonly ask: (id: string) => Promise<Answer>
  /** the foreign thing is no secret, so a refusal may say that it is there: why */
  readonly visible?: string
  /** what a refusal looks like where it is no 4xx */
  readonly refused?: (answer: Answer) => boolean
}

export interface Cast {
  readonly admin: Person
  readonly ann: Person
  readonly bob: Person
  readonly stallOfAnn: Person
  readonly stallOfBob: Person
  readonly newStall: Person
  readonly anns: Makers
  readonly bobs: Makers
  readonly sku: string
}

const text = (value: unknown) => value as string

/** What a customer, a stall or a member of staff may put into a body, tried with the id of somebody else. */
export function foreignCases(cast: Cast): ForeignCase[] {
  return [...shopping(cast), ...afterwards(cast), ...staff(cast), ...stalls(cast)]
}

async function cartOf({ client }: Person, sku: string): Promise<string> {
  return text(expectStatus(await client.post('/api/cart/items', { sku, quantity: 1 }), 200, 201).body.cartId)
}
const methodOf = async (makers: Makers) => text((await makers.paymentMethod()).params['id'])
const addressOf = async (makers: Makers) => text((await makers.address()).params['addressId'])
const lineOf = async (client: Client, orderId: string) =>
  text(expectStatus(await client.get(`/api/orders/${orderId}`), 200).body.items[0].lineId)
const waitingOrder = async ({ client }: Person, sku: string) =>
  text(expectStatus(await client.post('/api/orders', { items: [{ sku, quantity: 1 }], shippingAddress: address }), 201).body.id)

function shopping({ admin, ann, bob, anns, bobs, sku }: Cast): ForeignCase[] {
  const order = (more: object) => ann.client.post('/api/orders', { items: [{ sku, quantity: 1 }], ...more })
  const carts = { own: () => cartOf(ann, sku), foreign: () => cartOf(bob, sku) }
  const methods = { own: () => methodOf(anns), foreign: () => methodOf(bobs) }
  return [
    {
      field: 'POST /api/orders /cartId',
      ...carts,
      ask: (cartId) => ann.client.post('/api/orders', { cartId, shippingAddress: address }),
    },
    { field: 'POST /api/orders/quote /cartId', ...carts, ask: (cartId) => ann.client.post('/api/orders/quote', { cartId }) },
    {
      field: 'POST /api/coupons/validate /cartId',
      ...carts,
      ask: (cartId) => ann.client.post('/api/coupons/validate', { cartId, code: 'NO-SUCH-CODE' }),
    },
    {
      field: 'POST /api/orders /addressId',
      own: () => addressOf(anns),
      foreign: () => addressOf(bobs),
      ask: (addressId) => order({ addressId }),
    },
    {
      field: 'POST /api/orders /paymentMethodId',
      ...methods,
      ask: (paymentMethodId) => order({ shippingAddress: address, paymentMethodId }),
    },
    {
      field: 'GET /api/orders ?customerId',
      own: async () => {
        await waitingOrder(ann, sku)
        return ann.id
      },
      foreign: async () => {
        await waitingOrder(bob, sku)
        return bob.id
      },
      ask: (id) => ann.client.get(`/api/orders?customerId=${id}`),
      refused: ({ status, body }) => status === 200 && body.items.length === 0,
    },
    {
      field: 'POST /api/orders/{id}/edits/{editId}/pay /paymentMethodId',
      ...methods,
      ask: async (paymentMethodId) => {
        const id = text((await anns.order()).params['id'])
        const lines = [{ lineId: await lineOf(ann.client, id), quantity: 2 }]
        const editId = text(expectStatus(await admin.client.post(`/api/orders/${id}/edits`, { lines }), 201).body.edit.id)
        return ann.client.post(`/api/orders/${id}/edits/${editId}/pay`, { paymentMethodId })
      },
    },
    {
      field: 'PUT /api/orders/{id}/confirm ?paymentMethodId',
      ...methods,
      ask: async (method) => {
        const path = `/api/orders/${await waitingOrder(ann, sku)}/confirm?paymentMethodId=${method}`
        // on a busy machine the first answer may be that it is not known yet
        return await eventually(async () => {
          const answer = await ann.client.put(path)
          if (answer.status === 200 && answer.body.status === 'PENDING') throw new Error('not known yet')
          return answer
        })
      },
    },
  ]
}

function afterwards({ ann, anns, bobs, bob }: Cast): ForeignCase[] {
  const line = (lineId: string) => ({ lineId, quantity: 1, reason: 'changed-mind' })
  return [
    { what: 'exchanges', more: { wantedSku: 'anns-mug' } },
    { what: 'returns', more: {} },
  ].map(({ what, more }): ForeignCase => {
    const delivered = anns.delivered().then(({ params }) => text(params['id']))
    delivered.catch(() => undefined)
    return {
      field: `POST /api/orders/{id}/${what} /lines/0/lineId`,
      own: async () => await lineOf(ann.client, await delivered),
      foreign: async () => await lineOf(bob.client, text((await bobs.order()).params['id'])),
      ask: async (lineId) => ann.client.post(`/api/orders/${await delivered}/${what}`, { lines: [{ ...line(lineId), ...more }] }),
    }
  })
}

/** Staff may name anything, but two things they name must belong together. */
function staff(cast: Cast): ForeignCase[] {
  const { admin, ann, bob, anns, bobs, sku } = cast
  const returning = approvedReturn(cast)
  returning.catch(() => undefined)
  const both = { own: () => addressOf(anns), foreign: () => addressOf(bobs) }
  const methods = { own: () => methodOf(anns), foreign: () => methodOf(bobs) }
  const draft = async (more: object = { shippingAddress: address }) =>
    text(
      expectStatus(
        await admin.client.post('/api/orders/drafts', { customerId: ann.id, lines: [{ sku, quantity: 1 }], ...more }),
        201,
      ).body.id,
    )
  return [
    {
      field: 'POST /api/orders/drafts /addressId',
      ...both,
      ask: async (addressId) => admin.client.post(`/api/orders/drafts/${await draft({ addressId })}/place`, {}),
    },
    {
      field: 'PATCH /api/orders/drafts/{id} /addressId',
      ...both,
      ask: async (addressId) => {
        const id = await draft({})
        expectStatus(await admin.client.patch(`/api/orders/drafts/${id}`, { addressId }), 200)
        return admin.client.post(`/api/orders/drafts/${id}/place`, {})
      },
    },
    {
      field: 'POST /api/orders/drafts/{id}/place /paymentMethodId',
      ...methods,
      ask: async (paymentMethodId) => admin.client.post(`/api/orders/drafts/${await draft()}/place`, { paymentMethodId }),
    },
    ...pairedPayments(cast),
    {
      field: 'POST /api/returns/{id}/receive /lines/0/lineId',
      own: async () => await returning.then(({ lineId }) => lineId),
      foreign: async () => await lineOf(bob.client, text((await bobs.order()).params['id'])),
      ask: async (lineId) =>
        admin.client.post(`/api/returns/${(await returning).id}/receive`, { lines: [{ lineId, quantity: 1, restock: true }] }),
    },
    ...['edits/quote', 'edits'].map((what): ForeignCase => {
      let waiting = ''
      return {
        field: `POST /api/orders/{id}/${what} /lines/0/lineId`,
        own: async () => await lineOf(ann.client, waiting),
        foreign: async () => await lineOf(bob.client, await waitingOrder(bob, sku)),
        ask: async (lineId) => {
          waiting ||= await waitingOrder(ann, sku)
          return admin.client.post(`/api/orders/${waiting}/${what}`, { lines: [{ lineId, quantity: 2 }] })
        },
      }
    }),
    {
      field: 'POST /api/orders/{id}/edits /paymentMethodId',
      ...methods,
      ask: async (paymentMethodId) => {
        const id = text((await anns.order()).params['id'])
        const lineId = await lineOf(ann.client, id)
        return admin.client.post(`/api/orders/${id}/edits`, { lines: [{ lineId, quantity: 2 }], paymentMethodId })
      },
    },
  ]
}

async function approvedReturn({ admin, ann, anns }: Cast): Promise<{ id: string; lineId: string }> {
  const orderId = text((await anns.delivered()).params['id'])
  const lineId = await lineOf(ann.client, orderId)
  const lines = [{ lineId, quantity: 1, reason: 'changed-mind' }]
  const { id } = expectStatus(await ann.client.post(`/api/orders/${orderId}/returns`, { lines }), 201).body
  expectStatus(await admin.client.post(`/api/returns/${id}/approve`), 200)
  return { id, lineId }
}

/** An order and a payment, both named: the payment has to be one of the order. */
function pairedPayments({ admin, anns, bobs }: Cast): ForeignCase[] {
  let orderId = ''
  const paymentOf = async (id: string) =>
    text(expectStatus(await admin.client.get(`/api/payments?orderId=${id}`), 200).body.items[0].id)
  const both = {
    own: async () => await paymentOf(orderId),
    foreign: async () => {
      orderId ||= text((await anns.order()).params['id'])
      return await paymentOf(text((await bobs.order()).params['id']))
    },
  }
  const amount = { amount: 1, currency: 'EUR' }
  return [
    {
      field: 'POST /api/payments/capture /paymentId',
      ...both,
      ask: (paymentId) => admin.client.post('/api/payments/capture', { orderId, paymentId }),
    },
    {
      field: 'POST /api/payments/refund /paymentId',
      ...both,
      ask: (paymentId) =>
        admin.client.post('/api/payments/refund', { orderId, paymentId, refundId: randomUUID(), amount, reason: 'x' }),
    },
  ]
}

function stalls({ stallOfAnn, stallOfBob, newStall, ann, bob, bobs, anns }: Cast): ForeignCase[] {
  const ids = new Map<Person, Promise<string>>()
  const stall = (seller: Person) => {
    const made =
      ids.get(seller) ??
      seller.client
        .post('/api/sellers', { name: `Stall ${seller.email.split('@')[0]}` })
        .then((answer) => text(expectStatus(answer, 201).body.id))
    ids.set(seller, made)
    return made
  }
  const both = { own: () => stall(stallOfAnn), foreign: () => stall(stallOfBob), visible: 'stalls are public' }
  const body = (sellerId: string) => ({
    texts: { en: { title: `Mine ${randomUUID()}` } },
    sellerId,
    variants: [{ sku: `s-${randomUUID().slice(0, 8)}` }],
  })
  const mine = async () =>
    text(expectStatus(await stallOfAnn.client.post('/api/products', body(await stall(stallOfAnn))), 201).body.id)
  return [
    {
      field: 'POST /api/products /sellerId',
      ...both,
      ask: (sellerId) => stallOfAnn.client.post('/api/products', body(sellerId)),
    },
    {
      field: 'PUT /api/products/{id} /sellerId',
      ...both,
      ask: async (sellerId) => stallOfAnn.client.put(`/api/products/${await mine()}`, body(sellerId)),
    },
    {
      field: 'PATCH /api/products/{id} /sellerId',
      ...both,
      ask: async (sellerId) => stallOfAnn.client.patch(`/api/products/${await mine()}`, { sellerId }),
    },
    {
      field: 'POST /api/sellers /userId',
      own: async () => newStall.id,
      foreign: async () => bob.id,
      ask: (userId) => newStall.client.post('/api/sellers', { name: 'Another stall', userId }),
    },
    {
      field: 'POST /api/wishlists /productId',
      own: async () => text((await anns.onSale()).params['id']),
      foreign: async () => text((await bobs.product()).params['id']),
      ask: (productId) => ann.client.post('/api/wishlists', { productId }),
    },
  ]
}
