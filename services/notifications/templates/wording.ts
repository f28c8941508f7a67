import type { Block } from '../content.ts'
import type { Say } from '../language.ts'
import { links } from '../links.ts'
import type { OrderMailFacts, ShopFacts } from '../template.ts'

/* Pieces that several mails have. */

export function greeting(name: string, say: Say): string {
  if (name === '') return say({ en: 'Hello,', de: 'Guten Tag,' })
  return say({ en: `Hello ${name},`, de: `Hallo ${name},` })
}

export const shopVariables = (shop: ShopFacts, name: string) => ({ shop: shop.name, name })

export const orderVariables = ({ shop, name, order }: OrderMailFacts, say: Say) => ({
  ...shopVariables(shop, name),
  number: order.number,
  total: say.money(order.total),
  date: say.date(order.placedAt),
})

export function orderFactsBlock({ order }: OrderMailFacts, say: Say): Block {
  return {
    kind: 'facts',
    rows: [
      [say({ en: 'Order', de: 'Bestellung' }), order.number],
      [say({ en: 'Placed on', de: 'Bestellt am' }), say.date(order.placedAt)],
    ],
  }
}

/** What was bought. What the lines do not sum up to is what sending costs. */
export function orderLinesBlock({ order }: OrderMailFacts, say: Say): Block {
  const amount = (value: number) => say.money({ amount: value, currency: order.total.currency })
  const shipping = order.total.amount - order.lines.reduce((sum, line) => sum + line.total, 0)
  return {
    kind: 'lines',
    lines: order.lines.map((line) => ({
      title: line.title,
      detail: `${say.count(line.quantity)} × ${line.sku}`,
      amount: amount(line.total),
    })),
    totals: [
      ...(shipping > 0 ? [[say({ en: 'Shipping', de: 'Versand' }), amount(shipping)] as const] : []),
      [say({ en: 'Total', de: 'Gesamt' }), say.money(order.total)],
    ],
  }
}

export function orderAddressBlocks({ order }: OrderMailFacts, say: Say): Block[] {
  const { address } = order
  if (!address) return []
  const { name, company, line1, line2, postalCode, city, region, country } = address
  const place = [postalCode, city].filter(Boolean).join(' ')
  const lines = [name, company, line1, line2, place, region, say.country(country)].filter(
    (line) => line !== undefined && line !== '',
  )
  return [{ kind: 'address', title: say({ en: 'Shipping address', de: 'Lieferadresse' }), lines: lines as string[] }]
}

export function orderButton({ shop, order }: OrderMailFacts, say: Say): Block {
  const label = order.awaitsPayment
    ? { en: 'View and pay your order', de: 'Bestellung ansehen und bezahlen' }
    : { en: 'View your order', de: 'Bestellung ansehen' }
  return { kind: 'button', label: say(label), url: links.order(shop, say, order) }
}

const steps = {
  en: ['Placed', 'Confirmed', 'Shipped', 'Delivered'],
  de: ['Bestellt', 'Bestätigt', 'Verschickt', 'Zugestellt'],
} as const

export function orderProgress(done: 1 | 2 | 3 | 4, say: Say): Block {
  return { kind: 'progress', steps: say<readonly string[]>(steps), done }
}
