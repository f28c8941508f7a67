import type { Static } from 'typebox'
import type { PricedLine, productsRpc } from '#contracts/rpc/products.ts'
import type { Look, ReadChanges } from '#kit/cache/change-list.ts'
import { createFollower } from '#kit/cache/follower.ts'
import { productTag } from '#contracts/rpc/catalogue.ts'

type Price = typeof productsRpc.methods.price
type Basket = Static<Price['input']>
type PricedBasket = Static<Price['output']>

export interface ShownPricesOptions {
  readonly price: (basket: Basket) => Promise<PricedBasket>
  /** what changes, the beginning and the end of price lists among it (due-lists.ts) */
  readonly read: ReadChanges
  readonly now?: () => number
}

/** Lines priced alike: of a channel, in a language, for a country and customer groups. */
interface Shelf {
  readonly currency: string
  readonly pricesIncludeTax: boolean
  /** SKU → quantity → line */
  readonly lines: Map<string, Map<number, PricedLine>>
}

const MOST_LINES = 20_000
const LONGEST_SECONDS = 15 * 60

/**
 * Prices for showing carts: a line that was priced before and whose product has not changed since is not asked of the database again. Nothing older than
 * 0.8 s is given (see kit/cache), nothing is kept that was begun before a change, and all of it is forgotten when a price list begins or ends.
 */
export function createShownPrices(options: ShownPricesOptions): (basket: Basket) => Promise<PricedBasket> {
  const { price, read, now = () => performance.now() } = options
  const shelves = new Map<string, Shelf>()
  /** where the lines of a product stand */
  const places = new Map<string, [Map<number, PricedLine>, number][]>()
  let kept = 0
  let until = Number.POSITIVE_INFINITY
  let changes = 0

  const forgetAll = (): void => {
    shelves.clear()
    places.clear()
    kept = 0
    until = Number.POSITIVE_INFINITY
  }
  const onLook = ({ tags, everything }: Look): void => {
    if (!everything && tags.length === 0) return
    changes += 1
    if (everything || tags.includes('catalogue')) {
      forgetAll()
      return
    }
    for (const tag of tags) {
      for (const [lines, quantity] of places.get(tag) ?? []) if (lines.delete(quantity)) kept -= 1
      places.delete(tag)
    }
  }
  const follower = createFollower({ read, onLook, now })

  const keep = (name: string, asked: Basket, priced: PricedBasket): void => {
    if (kept + priced.lines.length > MOST_LINES) forgetAll()
    until = Math.min(until, now() + LONGEST_SECONDS * 1000)
    const { currency, pricesIncludeTax } = priced
    const shelf = shelves.get(name) ?? { currency, pricesIncludeTax, lines: new Map<string, Map<number, PricedLine>>() }
    shelves.set(name, shelf)
    const quantities = new Map(asked.lines.map(({ sku, quantity }) => [sku, quantity]))
    for (const line of priced.lines) {
      const quantity = quantities.get(line.sku)!
      const lines = shelf.lines.get(line.sku) ?? new Map<number, PricedLine>()
      // another basket of the same moment asked for it, too
      if (lines.has(quantity)) continue
      kept += 1
      shelf.lines.set(line.sku, lines.set(quantity, line))
      const tag = productTag(line.productId)
      const there = places.get(tag)
      if (there) there.push([lines, quantity])
      else places.set(tag, [[lines, quantity]])
    }
  }

  return async (basket) => {
    // A SKU that stands there twice can have two prices: rare enough to be asked each time.
    if (new Set(basket.lines.map(({ sku }) => sku)).size < basket.lines.length || !(await follower.freshen()))
      return await price(basket)
    if (now() >= until) forgetAll()
    const { channel, locale, country, customerGroups } = basket
    const name = JSON.stringify([channel, locale, country, customerGroups])
    const shelf = shelves.get(name)
    const found: PricedLine[] = []
    const missing: Basket['lines'] = []
    for (const line of basket.lines) {
      const known = shelf?.lines.get(line.sku)?.get(line.quantity)
      if (known) found.push(known)
      else missing.push(line)
    }
    if (shelf && missing.length === 0) {
      const { currency, pricesIncludeTax } = shelf
      return { currency, pricesIncludeTax, lines: found, refused: [] }
    }
    const begun = changes
    const priced = await price({ ...basket, lines: missing })
    if (changes === begun) keep(name, { ...basket, lines: missing }, priced)
    // What was found stood there when this began, which is not long enough ago to be too old; unless something changed meanwhile.
    else if (found.length > 0) return await price(basket)
    const lines = new Map([...found, ...priced.lines].map((line) => [line.sku, line]))
    return { ...priced, lines: basket.lines.flatMap(({ sku }) => lines.get(sku) ?? []) }
  }
}
