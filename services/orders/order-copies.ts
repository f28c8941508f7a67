import type { Query } from '#kit/db/db.ts'
import type { Memory, Values } from '#kit/memory/memory.ts'
import type { OrderView } from './order-view.ts'
import { getOrder, getOrders } from './queries/get-order.ts'

/** An order without what names a person. */
type Copy = Omit<OrderView, Contacts>
type Contacts = 'email' | 'shippingAddress' | 'billingAddress'

/**
 * Orders that are looked at again and again, in the memory of all processes (`order:<id>`, an hour). A copy counts only if its version is that of the row:
 * contacts are read with the version, and are never copied.
 */
export interface OrderCopies {
  /** The order as it is now. */
  get(sql: Query, id: string): Promise<OrderView | undefined>
  /** Makes copies of what changed, before somebody asks. */
  warm(sql: Query, ids: readonly string[]): Promise<void>
  forget(id: string): Promise<void>
}

export function orderCopies(memory: Memory): OrderCopies {
  // a process alone has no use for them: it has the database
  if (memory.driver !== 'redis') return { get: getOrder, warm: async () => undefined, forget: async () => undefined }
  const copies: Values<Copy> = memory.values('orders', 'order')
  const keep = (order: OrderView): Promise<void> => copies.set(order.id, withoutContacts(order), order.version)
  return {
    async get(sql, id) {
      const copy = await copies.get(id)
      const contacts = copy && (await contactsAt(sql, id, copy.version))
      if (copy && contacts) return { ...copy, ...contacts }
      const order = await getOrder(sql, id)
      if (order) void keep(order)
      return order
    },
    async warm(sql, ids) {
      if (ids.length === 0) return
      await Promise.all((await getOrders(sql, ids)).map(keep))
    },
    forget: (id) => copies.delete(id),
  }
}

function withoutContacts({ email: _email, shippingAddress: _shipping, billingAddress: _billing, ...copy }: OrderView): Copy {
  return copy
}

/** What is not copied, if the order still is at this version. */
async function contactsAt(sql: Query, id: string, version: number): Promise<Pick<OrderView, Contacts> | undefined> {
  const [row] = await sql<Pick<OrderView, Contacts>[]>`
    select c.email, c.shipping as "shippingAddress", c.billing as "billingAddress"
      from orders o left join order_contacts c on c.order_id = o.id where o.id = ${id} and o.version = ${version}`
  return row
}
