/** A generated catalogue of any size, brought in through the catalogue's own command for many products. */
import type { productsRpc } from '#contracts/rpc/products.ts'
import type { searchRpc } from '#contracts/rpc/search.ts'
import type { RpcClient } from '#kit/rpc/rpc.ts'
import { brands, categories, type GeneratedProduct, productOf, sellers } from './catalogue.ts'

const CHUNK = 500
/** calls at a time: one makes rows, others draw cards; an interrupted run leaves at most so many chunks behind the last one unmade */
const TOGETHER = 3
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
  let done = begin
  for (let from = begin; from < count; from += CHUNK * TOGETHER) {
    signal.throwIfAborted()
    const chunks = Array.from({ length: TOGETHER }, (_, index) => from + index * CHUNK).filter((first) => first < count)
    await Promise.all(
      chunks.map(async (first) => {
        const size = Math.min(CHUNK, count - first)
        const some = Array.from({ length: size }, (_, index) => imported(productOf(first + index, options.sellers)))
        const brought = await products.importCatalogue({ ...shared, ...nothing, products: some })
        created += brought.created
        done += size
        options.onProgress(Math.min(count, done))
      }),
    )
  }
  return { created, known: count - created }
}

/** Makes search know what came in: one rebuild costs a fraction of as many events. `onWork` is called every few seconds. */
export async function makeSearchable(
  search: RpcClient<typeof searchRpc>,
  signal: AbortSignal,
  onWork: (made: number) => void,
): Promise<number> {
  for (let begin = true; ; begin = false) {
    signal.throwIfAborted()
    const { state, documents, made } = await search.rebuild({ begin })
    onWork(made)
    if (state === 'done') return documents ?? 0
  }
}

/** Chunks were brought in about one after the other, so halving finds one of the first that are not there; a few before it are tried again. */
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
  return Math.max(0, low - TOGETHER) * CHUNK
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
