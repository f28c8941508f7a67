import { Readable } from 'node:stream'
import { can, get, post, Reply, type Route } from '#kit/http/route.ts'
import { page } from '#kit/http/paging.ts'
import { changeProducts, ManyProductsAnswer, ManyProductsBody } from '../commands/change-products.ts'
import { ImportAnswer, ImportBody, importRows } from '../commands/import-rows.ts'
import type { ProductsDeps } from '../deps.ts'
import { errors } from '../errors.ts'
import { allProducts, AllProductsQuery, AnyProduct } from '../queries/all-products.ts'
import { exportRows } from '../queries/export-rows.ts'

/** Two hundred rows with long descriptions; a file comes in as many requests as it needs. */
const IMPORT_BYTES = 1024 * 1024

/** What staff need for a catalogue as a whole; one product by itself: products.ts. */
export function allProductsRoutes(deps: ProductsDeps): readonly Route[] {
  const write = can('products:write')
  return [
    get(
      '/api/products/all',
      {
        access: write,
        summary: 'List all products, also those not on sale; without a status those that are not archived',
        query: AllProductsQuery,
        response: page(AnyProduct),
      },
      async ({ query, channel, locale }) => await allProducts(deps.db.read, channel, locale, query),
    ),
    post(
      '/api/products/many',
      {
        access: write,
        summary: 'Change many products in the same way',
        description: 'Each by itself: the answer says which were changed, which were so already, and why others were refused.',
        body: ManyProductsBody,
        response: ManyProductsAnswer,
        errors: [errors.noPrice, errors.invalidPrice],
      },
      ({ tx, principal, channel, body }) => changeProducts(deps, tx, { principal, channel }, body),
    ),
    post(
      '/api/products/import',
      {
        access: write,
        summary: 'Bring in rows of a file: products that are new, and changes of those that are there',
        description: [
          'Each product by itself: the answer says of every one what became of it, and of every cell that is wrong where it stands.',
          'Columns: address, status, brand, categories, tags, tax-class, sku, price, weight, barcode; title.en, description.en, option.colour,',
          'attribute.origin, variant.length for each language, option and attribute. An empty cell leaves things as they are.',
        ].join(' '),
        body: ImportBody,
        response: ImportAnswer,
        bodyLimit: IMPORT_BYTES,
        errors: [errors.noSuchChannel, errors.importRunning],
      },
      ({ tx, principal, channel, body }) => importRows(deps, tx, { principal, channel }, body),
    ),
    get(
      '/api/products/export',
      {
        access: write,
        summary: 'All products that are not archived as CSV, in the columns that an import reads',
        produces: 'text/csv; charset=utf-8',
        rateLimit: { max: 10, windowSeconds: 60 },
      },
      async ({ channel }) =>
        new Reply(Readable.from(exportRows(deps.db.read, channel)), {
          headers: {
            'content-type': 'text/csv; charset=utf-8',
            'content-disposition': 'attachment; filename="products.csv"',
          },
        }),
    ),
  ]
}
