import { createHash } from 'node:crypto'
import Type from 'typebox'
import { Card } from '#contracts/rpc/catalogue.ts'
import { Uuid } from '#contracts/values.ts'
import { page } from '#kit/http/paging.ts'
import { anyone, askerOf, del, get, ownerOr, patch, post, put, Reply, type Route } from '#kit/http/route.ts'
import { closed } from '#kit/messaging/event.ts'
import { productTag } from '#contracts/rpc/catalogue.ts'
import { archiveProduct, createProduct, mayWrite, updateProduct } from '../commands/save-product.ts'
import type { ProductsDeps } from '../deps.ts'
import { errors } from '../errors.ts'
import { listProducts, ProductListQuery, ProductSearchQuery, searchProducts } from '../queries/list-products.ts'
import { loadProduct, ownPrices, retiredVariants } from '../queries/load-product.ts'
import { productDetail } from '../queries/product-detail.ts'
import { relatedProducts } from '../queries/related-products.ts'
import { showCards } from '../queries/show-cards.ts'
import { EditView, ProductInput, ProductPatch, ProductView, Slug, Status } from '../shapes.ts'

const JSON_TYPE = 'application/json; charset=utf-8'
const Id = closed({ id: Uuid })
const IdOrSlug = closed({ id: Type.String({ minLength: 1, maxLength: 120 }) })
const Saved = closed({ id: Uuid, slug: Slug, status: Status, version: Type.Integer() })
const write = ownerOr('products:write')

export function productRoutes(deps: ProductsDeps): readonly Route[] {
  const { db, kept } = deps
  const { variant } = deps.groups
  return [
    get(
      '/api/products',
      {
        access: anyone,
        summary: 'List products of the channel',
        query: ProductListQuery,
        response: page(Card),
        cached: { ...kept.list, variant },
      },
      async (request) => {
        const { query, channel, locale } = request
        return (query.search ?? '').trim() === ''
          ? showCards(deps, request, await listProducts(deps, channel, locale, query))
          : showCards(deps, request, await searchProducts(deps, channel, locale, query), kept.search.seconds)
      },
    ),
    get(
      '/api/products/search',
      {
        access: anyone,
        summary: 'Search products by words',
        query: ProductSearchQuery,
        response: page(Card),
        cached: { ...kept.search, variant },
      },
      async (request) => {
        const { query, channel, locale } = request
        const { q, ...rest } = query
        return showCards(deps, request, await searchProducts(deps, channel, locale, { ...rest, search: q }))
      },
    ),
    get(
      '/api/products/:id',
      {
        access: anyone,
        summary: 'Show a product by id or address',
        description:
          'An address the product once had answers 301 to the current one. Drafts are shown to staff and to their seller.',
        params: IdOrSlug,
        response: ProductView,
        errors: [errors.notFound],
        cached: {
          ...kept.page,
          variant,
          served: (asker, productId) => {
            const { kind, id } = askerOf(asker)
            if (typeof productId === 'string')
              deps.views.record({ productId, channel: asker.channel, userId: kind === 'user' ? id : null })
          },
        },
      },
      async (request) => {
        const { params, channel, locale } = request
        const found = await productDetail(db.sql, params.id, channel, locale, await deps.groups.kept(request))
        if (!found || (!(found.status === 'ACTIVE' && found.visible) && !mayWrite(request.principal, found)))
          throw errors.notFound()
        if (found.slug !== params.id && found.id !== params.id.toLowerCase()) {
          return new Reply(null, { status: 301, headers: { location: `/api/products/${found.slug}` }, cache: false })
        }
        // Starts with the version, as If-Match wants it; the rest tells apart languages, channels and prices.
        const etag = `"${found.version}-${createHash('sha1').update(found.json).digest('hex').slice(0, 16)}"`
        // What staff may see before it is on sale is theirs alone.
        const onSale = found.status === 'ACTIVE' && found.visible
        const cache = onSale && { tags: [productTag(found.id)], note: found.id }
        return new Reply(found.json, { headers: { 'content-type': JSON_TYPE, etag }, cache })
      },
    ),
    get(
      '/api/products/:id/edit',
      {
        access: write,
        summary: 'Show a product as it is written: all languages, ready to be sent back',
        params: Id,
        versioned: true,
        response: EditView,
        errors: [errors.notFound],
      },
      async ({ params, principal, channel }) => {
        const stored = await loadProduct(db.sql, params.id)
        if (!stored || !mayWrite(principal, stored)) throw errors.notFound()
        const [prices, retired] = await Promise.all([ownPrices(db.sql, params.id, channel), retiredVariants(db.sql, params.id)])
        const variants = stored.product.variants.map((variant) => ({ ...variant, price: prices.get(variant.sku) }))
        return { id: stored.id, version: stored.version, ...stored.product, variants, retired } as never
      },
    ),
    get(
      '/api/products/:id/related',
      {
        access: anyone,
        summary: 'Products that go with this one',
        params: IdOrSlug,
        query: closed({ limit: Type.Integer({ minimum: 1, maximum: 50, default: 12 }) }),
        response: page(Card),
        // what search knows by now is not told here
        cached: { ...kept.list, seconds: 60, variant },
      },
      async (request) => {
        const { params, query, channel, locale } = request
        return showCards(deps, request, await relatedProducts(deps, params.id, channel, locale, query.limit))
      },
    ),
    post(
      '/api/products',
      {
        access: write,
        summary: 'Create a product',
        body: ProductInput,
        response: Saved,
        status: 201,
        versioned: true,
        bodyLimit: 512 * 1024,
        errors: [errors.slugTaken, errors.skuTaken, errors.invalidProduct, errors.invalidAttributes],
      },
      async ({ tx, principal, channel, body }) => {
        const saved = await createProduct(deps, tx, { principal, channel }, body)
        return new Reply(saved, { status: 201, headers: { location: `/api/products/${saved.id}` } })
      },
    ),
    put(
      '/api/products/:id',
      {
        access: write,
        summary: 'Replace a product',
        params: Id,
        body: ProductInput,
        response: Saved,
        versioned: true,
        bodyLimit: 512 * 1024,
        errors: [errors.notFound, errors.versionConflict, errors.invalidProduct],
      },
      ({ tx, principal, channel, params, body, expectedVersion }) =>
        updateProduct(deps, tx, { principal, channel }, params.id, body, { replace: true, expected: expectedVersion }),
    ),
    patch(
      '/api/products/:id',
      {
        access: write,
        summary: 'Change fields of a product; lists and objects given are replaced as a whole',
        params: Id,
        body: ProductPatch,
        response: Saved,
        versioned: true,
        bodyLimit: 512 * 1024,
        errors: [errors.notFound, errors.versionConflict, errors.invalidProduct],
      },
      ({ tx, principal, channel, params, body, expectedVersion }) =>
        updateProduct(deps, tx, { principal, channel }, params.id, body, { replace: false, expected: expectedVersion }),
    ),
    del(
      '/api/products/:id',
      {
        access: write,
        summary: 'Archive a product',
        params: Id,
        versioned: true,
        errors: [errors.notFound, errors.versionConflict],
      },
      async ({ tx, principal, params, expectedVersion }) => {
        await archiveProduct(deps, tx, principal, params.id, expectedVersion)
      },
    ),
  ]
}
