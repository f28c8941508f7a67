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
  readonly lines: Map<string, PricedLine>
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
  const places = new Map<string, [Shelf, string][]>()
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
      for (const [shelf, place] of places.get(tag) ?? []) if (shelf.lines.delete(place)) kept -= 1
      places.delete(tag)
    }
  }
  const follower = createFollower({ read, onLook, now })

  const keep = (name: string, asked: Basket, priced: PricedBasket): void => {
    if (kept + priced.lines.length > MOST_LINES) forgetAll()
    until = Math.min(until, now() + LONGEST_SECONDS * 1000)
    const { currency, pricesIncludeTax } = priced
    const shelf = shelves.get(name) ?? { currency, pricesIncludeTax, lines: new Map<string, PricedLine>() }
    shelves.set(name, shelf)
    const quantities = new Map(asked.lines.map(({ sku, quantity }) => [sku, quantity]))
    for (const line of priced.lines) {
      const place = placeOf(line.sku, quantities.get(line.sku)!)
      // another basket of the same moment asked for it, too
      if (shelf.lines.has(place)) continue
      kept += 1
      shelf.lines.set(place, line)
      const tag = productTag(line.productId)
      const there = places.get(tag)
      if (there) there.push([shelf, place])
      else places.set(tag, [[shelf, place]])
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
    const missing = shelf ? basket.lines.filter(({ sku, quantity }) => !shelf.lines.has(placeOf(sku, quantity))) : basket.lines
    const found = new Map<string, PricedLine>()
    if (shelf) {
      for (const { sku, quantity } of basket.lines) {
        const line = shelf.lines.get(placeOf(sku, quantity))
        if (line) found.set(sku, line)
      }
      if (missing.length === 0) return answerOf(basket, shelf, found, [])
    }
    const begun = changes
    const priced = await price({ ...basket, lines: missing })
    if (changes === begun) keep(name, { ...basket, lines: missing }, priced)
    // What was found stood there when this began, which is not long enough ago to be too old; unless something changed meanwhile.
    else if (found.size > 0) return await price(basket)
    for (const line of priced.lines) found.set(line.sku, line)
    return answerOf(basket, priced, found, priced.refused)
  }
}

const placeOf = (sku: string, quantity: number): string => `${quantity} ${sku}`

function answerOf(
  { lines }: Basket,
  { currency, pricesIncludeTax }: Pick<PricedBasket, 'currency' | 'pricesIncludeTax'>,
  found: ReadonlyMap<string, PricedLine>,
  refused: PricedBasket['refused'],
): PricedBasket {
  return {
    currency,
    pricesIncludeTax,
    lines: lines.flatMap(({ sku }) => found.get(sku) ?? []),
    refused,
  }
}
