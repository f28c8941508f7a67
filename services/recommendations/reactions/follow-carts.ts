import { ItemAddedToCart, ItemRemovedFromCart } from '#contracts/events/cart.ts'
import { onAny, type Reaction } from '#kit/messaging/bus.ts'
import type { Event, EventDefinition } from '#kit/messaging/event.ts'
import { addDemand } from '../demand.ts'
import { remember } from '../touches.ts'

interface Told {
  readonly cartId: string
  readonly userId: string | null
  readonly sku: string
  readonly productId?: string
}

/** What customers put into their carts is an interest of theirs, and need not be recommended while it is there. Guests' carts only count for demand. */
export const followCarts: Reaction[] = onAny(
  [ItemAddedToCart, ItemRemovedFromCart] as readonly Omit<EventDefinition, never>[] as readonly EventDefinition[],
  async (events, { tx }) => {
    const lines = new Map<
      string,
      { cart_id: string; sku: string; product_id: string | null; customer_id: string | null; at: string }
    >()
    const added: { productId: string; personId: string | null; at: Date }[] = []
    for (const { data, time } of events as readonly Event<Told>[]) {
      const { cartId, sku, userId, productId } = data
      lines.set(`${cartId} ${sku}`, { cart_id: cartId, sku, product_id: productId ?? null, customer_id: userId, at: time })
      if (productId !== undefined) added.push({ productId, personId: userId, at: new Date(time) })
    }
    // first: it holds the customers, so that none of them is erased meanwhile
    await remember(tx, 'cart', added)
    const rows = JSON.stringify([...lines.values()])
    await tx`
      with told as (
        select * from jsonb_to_recordset(${rows}::text::jsonb) as x(cart_id uuid, sku text, product_id uuid, customer_id uuid, at timestamptz)
      ), gone as (
        delete from cart_items c using told t where c.cart_id = t.cart_id and c.sku = t.sku and t.product_id is null
      )
      insert into cart_items (cart_id, sku, product_id, customer_id, at)
      select t.cart_id, t.sku, t.product_id, t.customer_id, t.at from told t
       where t.product_id is not null and t.customer_id is not null
         and not exists (select 1 from erased e where e.person_id = t.customer_id) order by t.cart_id, t.sku
          on conflict (cart_id, sku) do update set at = excluded.at`
    await addDemand(
      tx,
      added.map(({ productId, at }) => ({ kind: 'cart' as const, productId, at })),
    )
  },
)
