/** A generated catalogue of any size, brought in through the catalogue's own command for many products. */
import type { productsRpc } from '#contracts/rpc/products.ts'
import type { RpcClient } from '#kit/rpc/rpc.ts'
import { brands, categories, type GeneratedProduct, productOf, sellers } from './catalogue.ts'

const CHUNK = 500
const PLACES = 500
const SOURCE = 'generated'

export interface GenerateOptions {
  readonly products: RpcClient<typeof productsRpc>
  readonly channel: string
  readonly count: number
  readonly sellers: number
  readonly signal: AbortSignal
  readonly onProgress: (done: number) => void
}

/** Goes on where an earlier run stopped: product 4711 is always the same, so the first one that is missing says how far it came. */
export async function generateCatalogue(options: GenerateOptions): Promise<{ created: number; known: number }> {
  const { products, channel, count, signal } = options
  const shared = { channel, source: SOURCE }
  const nothing = { categories: [], brands: [], sellers: [], products: [] }
  const places = categories().map(({ slug, parent, titles }) => ({ slug, parent, titles: titlesOf(titles) }))
  for (let from = 0; from < places.length; from += PLACES)
    await products.importCatalogue({ ...shared, ...nothing, categories: places.slice(from, from + PLACES) })
  await products.importCatalogue({ ...shared, ...nothing, brands: brands(), sellers: sellers(options.sellers) })
  const begin = await firstMissing(options)
  let created = 0
  for (let from = begin; from < count; from += CHUNK) {
    signal.throwIfAborted()
    const some = Array.from({ length: Math.min(CHUNK, count - from) }, (_, index) =>
      imported(productOf(from + index, options.sellers)),
    )
    created += (await products.importCatalogue({ ...shared, ...nothing, products: some })).created
    options.onProgress(Math.min(count, from + CHUNK))
  }
  return { created, known: count - created }
}

/** Chunks were brought in one after the other, so halving finds the first one that is not there. */
async function firstMissing({ products, channel, count, sellers: sellerCount }: GenerateOptions): Promise<number> {
  const isThere = async (chunk: number) => {
    const { sku } = productOf(chunk * CHUNK, sellerCount).variants[0]!
    const { refused } = await products.price({ channel, lines: [{ sku, quantity: 1 }] })
    return !refused.some(({ reason }) => reason === 'unknown')
  }
  let [low, high] = [0, Math.ceil(count / CHUNK)]
  while (low < high) {
    const middle = Math.floor((low + high) / 2)
    if (await isThere(middle)) low = middle + 1
    else high = middle
  }
  // the last chunk that is there may belong to a run that wanted fewer
  return Math.max(0, low - 1) * CHUNK
}

const titlesOf = (titles: Readonly<Record<string, string>>) =>
  Object.entries(titles).map(([locale, title]) => ({ locale, title }))

function imported(product: GeneratedProduct) {
  return {
    slug: product.slug,
    at: product.at,
    brand: product.brand,
    seller: product.seller,
    categories: [product.category],
    tags: product.tags,
    texts: Object.entries(product.texts).map(([locale, text]) => ({ locale, ...text })),
    options: product.options.map(({ key, titles, values }) => ({
      key,
      titles: titlesOf(titles),
      values: values.map((value) => ({ key: value.key, titles: titlesOf(value.titles) })),
    })),
    variants: product.variants.map(({ sku, options, amount }) => ({
      sku,
      amount,
      options: Object.entries(options).map(([option, value]) => ({ option, value })),
    })),
  }
}
