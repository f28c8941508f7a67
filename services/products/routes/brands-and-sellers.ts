import Type from 'typebox'
import { Nullable, Uuid } from '#contracts/values.ts'
import { may } from '#kit/core/principal.ts'
import { ascending, keyset, page } from '#kit/http/paging.ts'
import { anyone, can, del, get, ownerOr, patch, post, Reply, type Route } from '#kit/http/route.ts'
import { closed } from '#kit/messaging/event.ts'
import {
  type Brand,
  createBrand,
  createSeller,
  deleteNamed,
  type Seller,
  updateBrand,
  updateSeller,
} from '../commands/save-named.ts'
import type { ProductsDeps } from '../deps.ts'
import { errors } from '../errors.ts'
import { isUuid } from '../queries/product-detail.ts'
import { Slug } from '../shapes.ts'

const Id = closed({ id: Uuid })
const IdOrSlug = closed({ id: Type.String({ minLength: 1, maxLength: 120 }) })
const Name = Type.String({ minLength: 1, maxLength: 200, pattern: '\\S' })
const BrandView = closed({ id: Uuid, slug: Type.String(), name: Type.String(), version: Type.Integer() })
const SellerStatus = Type.Union([Type.Literal('ACTIVE'), Type.Literal('SUSPENDED')])
/** What shoppers see of a seller: not who stands behind it. */
const SellerView = closed({ id: Uuid, slug: Type.String(), name: Type.String(), version: Type.Integer() })
const SellerFile = closed({ ...SellerView.properties, status: SellerStatus, userId: Nullable(Uuid) })

const brands = keyset({
  list: 'brands',
  id: { column: 'b.id', type: 'uuid' },
  sorts: { name: ascending('b.name', 'text') },
  initial: 'name',
})
const sellers = keyset({
  list: 'sellers',
  id: { column: 's.id', type: 'uuid' },
  sorts: { name: ascending('s.name', 'text') },
  initial: 'name',
})
const tags = keyset({
  list: 'tags',
  id: { column: 'used.tag', type: 'text' },
  sorts: { name: ascending('used.tag', 'text') },
  initial: 'name',
})

export function brandRoutes({ db, kept }: ProductsDeps): readonly Route[] {
  const write = can('products:write')
  return [
    get(
      '/api/brands',
      { access: anyone, summary: 'List brands', query: brands.query({}), response: page(BrandView), cached: kept.frame },
      async ({ query }) => {
        const at = brands.position(query)
        const rows = await db.sql<
          Brand[]
        >`select b.id, b.slug, b.name, b.version, ${at.keys(db.sql)} from brands b where true ${at.after(db.sql)} ${at.order(db.sql)}`
        return at.page(rows, ({ id, slug, name, version }) => ({ id, slug, name, version }))
      },
    ),
    get(
      '/api/brands/:id',
      {
        access: anyone,
        summary: 'Show a brand by id or address',
        params: IdOrSlug,
        response: BrandView,
        versioned: true,
        errors: [errors.noSuchBrand],
      },
      async ({ params }) => {
        const sql = db.sql
        const [row] = await sql<
          Brand[]
        >`select b.id, b.slug, b.name, b.version from brands b where ${isUuid(params.id) ? sql`b.id = ${params.id}` : sql`b.slug = ${params.id}`}`
        if (!row) throw errors.noSuchBrand()
        return row
      },
    ),
    post(
      '/api/brands',
      {
        access: write,
        summary: 'Create a brand',
        body: closed({ name: Name, slug: Type.Optional(Slug) }),
        response: BrandView,
        status: 201,
        versioned: true,
        errors: [errors.keyTaken],
      },
      async ({ tx, body }) => {
        const brand = await createBrand(tx, body)
        return new Reply(brand, { status: 201, headers: { location: `/api/brands/${brand.id}` } })
      },
    ),
    patch(
      '/api/brands/:id',
      {
        access: write,
        summary: 'Change a brand',
        params: Id,
        body: closed({ name: Type.Optional(Name), slug: Type.Optional(Slug) }),
        response: BrandView,
        versioned: true,
        errors: [errors.noSuchBrand, errors.versionConflict],
      },
      ({ tx, params, body, expectedVersion }) => updateBrand(tx, params.id, body, expectedVersion),
    ),
    del(
      '/api/brands/:id',
      {
        access: write,
        summary: 'Delete a brand without products',
        params: Id,
        versioned: true,
        errors: [errors.noSuchBrand, errors.inUse],
      },
      async ({ tx, params, expectedVersion }) => {
        await deleteNamed(tx, 'brands', params.id, expectedVersion)
      },
    ),
    get(
      '/api/tags',
      {
        access: anyone,
        summary: 'List the tags of the channel’s products',
        query: tags.query({}),
        response: page(closed({ tag: Type.String() })),
        cached: kept.list,
      },
      async ({ query, channel, locale }) => {
        const at = tags.position(query)
        const rows = await db.sql<{ tag: string }[]>`
        select used.tag, ${at.keys(db.sql)}
          from (select distinct t.tag from product_cards c cross join unnest(c.tags) t(tag) where c.channel = ${channel} and c.locale = ${locale}) used
         where true ${at.after(db.sql)} ${at.order(db.sql)}`
        return at.page(rows, ({ tag }) => ({ tag }))
      },
    ),
  ]
}

export function sellerRoutes({ db, kept }: ProductsDeps): readonly Route[] {
  const write = can('products:write')
  return [
    get(
      '/api/sellers',
      { access: anyone, summary: 'List sellers', query: sellers.query({}), response: page(SellerView), cached: kept.frame },
      async ({ query }) => {
        const at = sellers.position(query)
        const rows = await db.sql<
          Seller[]
        >`select s.id, s.slug, s.name, s.version, ${at.keys(db.sql)} from sellers s where s.status = 'ACTIVE' ${at.after(db.sql)} ${at.order(db.sql)}`
        return at.page(rows, ({ id, slug, name, version }) => ({ id, slug, name, version }))
      },
    ),
    get(
      '/api/sellers/:id',
      {
        access: anyone,
        summary: 'Show a seller by id or address',
        params: IdOrSlug,
        response: SellerView,
        versioned: true,
        errors: [errors.noSuchSeller],
      },
      async ({ params }) => {
        const sql = db.sql
        const [row] = await sql<Seller[]>`
        select s.id, s.slug, s.name, s.version from sellers s where s.status = 'ACTIVE' and ${isUuid(params.id) ? sql`s.id = ${params.id}` : sql`s.slug = ${params.id}`}`
        if (!row) throw errors.noSuchSeller()
        return row
      },
    ),
    post(
      '/api/sellers',
      {
        access: ownerOr('products:write'),
        summary: 'Open a stall: sellers their own, staff for anybody',
        body: closed({ name: Name, slug: Type.Optional(Slug), userId: Type.Optional(Nullable(Uuid)) }),
        response: SellerFile,
        status: 201,
        versioned: true,
        errors: [errors.keyTaken, errors.notYourProduct],
      },
      async ({ tx, principal, body }) => {
        const staff = may(principal, 'products:write')
        if (!staff && (!may(principal, 'products:write-own') || (body.userId ?? principal.id) !== principal.id))
          throw errors.notYourProduct()
        const seller = await createSeller(tx, { ...body, userId: staff ? (body.userId ?? null) : principal.id })
        return new Reply(seller, { status: 201, headers: { location: `/api/sellers/${seller.id}` } })
      },
    ),
    patch(
      '/api/sellers/:id',
      {
        access: write,
        summary: 'Change a seller',
        params: Id,
        body: closed({
          name: Type.Optional(Name),
          slug: Type.Optional(Slug),
          status: Type.Optional(SellerStatus),
          userId: Type.Optional(Nullable(Uuid)),
        }),
        response: SellerFile,
        versioned: true,
        errors: [errors.noSuchSeller, errors.versionConflict],
      },
      ({ tx, params, body, expectedVersion }) => updateSeller(tx, params.id, body, expectedVersion),
    ),
    del(
      '/api/sellers/:id',
      {
        access: write,
        summary: 'Delete a seller without products',
        params: Id,
        versioned: true,
        errors: [errors.noSuchSeller, errors.inUse],
      },
      async ({ tx, params, expectedVersion }) => {
        await deleteNamed(tx, 'sellers', params.id, expectedVersion)
      },
    ),
  ]
}
