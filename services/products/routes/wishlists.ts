import Type from 'typebox'
import { Card } from '#contracts/rpc/catalogue.ts'
import { Timestamp, Uuid } from '#contracts/values.ts'
import type { Principal } from '#kit/core/principal.ts'
import { descending, keyset, page } from '#kit/http/paging.ts'
import { del, get, post, Reply, signedIn, type Route } from '#kit/http/route.ts'
import { closed } from '#kit/messaging/event.ts'
import { isForeignKeyViolation } from '#kit/db/pg-errors.ts'
import type { ProductsDeps } from '../deps.ts'
import { errors } from '../errors.ts'
import { pricedCards } from '../queries/show-cards.ts'

const AT_MOST = 1000
const Entry = closed({
  productId: Uuid,
  addedAt: Timestamp,
  product: Type.Union([Card, Type.Null()], { description: 'null: not on sale in this channel at the moment' }),
})
const list = keyset({
  list: 'wishlist',
  id: { column: 'w.product_id', type: 'uuid' },
  sorts: { newest: descending('w.added_at', 'timestamptz') },
  initial: 'newest',
})
const Item = closed({ productId: Uuid })

/** Everybody has one wishlist and sees only their own. Adding twice and removing what is not there are no errors. */
export function wishlistRoutes({ db, groups }: ProductsDeps): readonly Route[] {
  return [
    get(
      '/api/wishlists',
      { access: signedIn, summary: 'Show my wishlist, the newest wish first', query: list.query({}), response: page(Entry) },
      async (request) => {
        const { query, principal, channel, locale } = request
        const at = list.position(query)
        const rows = await db.sql<{ productId: string; addedAt: string; product: Card | null }[]>`
        select w.product_id as "productId", iso(w.added_at) as "addedAt", c.card as product, ${at.keys(db.sql)}
          from wishlist_items w
          left join product_cards c on c.product_id = w.product_id and c.channel = ${channel} and c.locale = ${locale}
         where w.user_id = ${userOf(principal)} ${at.after(db.sql)} ${at.order(db.sql)}`
        const wished = rows.map(({ productId }) => productId)
        const priced = await pricedCards(db.sql, { channel, locale, groups: await groups.of(request) }, wished)
        return at.page(rows, ({ productId, addedAt, product }) => ({
          productId,
          addedAt,
          product: product && (priced.get(productId) ?? product),
        }))
      },
    ),
    post(
      '/api/wishlists',
      {
        access: signedIn,
        summary: 'Put a product on my wishlist',
        body: Item,
        response: Item,
        status: 201,
        alsoStatus: [200],
        errors: [errors.notFound, errors.wishlistFull],
      },
      async ({ tx, principal, body }) => {
        const added = await tx`
          insert into wishlist_items (user_id, product_id)
          select ${userOf(principal)}, p.id from products p
           where p.id = ${body.productId} and p.status = 'ACTIVE'
             and (select count(*) from wishlist_items w where w.user_id = ${userOf(principal)}) < ${AT_MOST}
              on conflict do nothing`.catch((error: unknown) => {
          throw isForeignKeyViolation(error) ? errors.notFound({}, { cause: error }) : error
        })
        if (added.count === 1) return new Reply({ productId: body.productId }, { status: 201 })
        const [known] = await tx<{ product: boolean; wish: boolean }[]>`
          select exists (select 1 from products p where p.id = ${body.productId} and p.status = 'ACTIVE') as product,
                 exists (select 1 from wishlist_items w where w.user_id = ${userOf(principal)} and w.product_id = ${body.productId}) as wish`
        if (known?.wish) return new Reply({ productId: body.productId }, { status: 200 })
        throw known?.product ? errors.wishlistFull() : errors.notFound()
      },
    ),
    del(
      '/api/wishlists/:productId',
      { access: signedIn, summary: 'Take a product off my wishlist', params: Item },
      async ({ tx, principal, params }) => {
        await tx`delete from wishlist_items where user_id = ${userOf(principal)} and product_id = ${params.productId}`
      },
    ),
  ]
}

const userOf = (principal: Principal): string => principal.id
