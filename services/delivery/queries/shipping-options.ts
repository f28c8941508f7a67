import type { Static } from 'typebox'
import type { ShippingOption } from '#contracts/rpc/delivery.ts'
import type { productsRpc } from '#contracts/rpc/products.ts'
import type { Sql } from '#kit/db/db.ts'
import type { RpcClient } from '#kit/rpc/rpc.ts'
import type { Logger } from '#kit/service/logger.ts'
import { withoutDeadline } from '#kit/core/context.ts'
import { toJsonAmount } from '#kit/core/money.ts'
import { type Zone, zoneOf } from '../zones.ts'

export interface OptionsQuestion {
  readonly channel: string
  readonly currency: string
  readonly country: string
  readonly weightGrams: number
  readonly subtotal: { readonly amount: number; readonly currency: string }
  readonly locale?: string | undefined
}

export interface ShippingOptions {
  /** Offers for a destination, cheapest first. */
  offers(question: OptionsQuestion): Promise<Static<typeof ShippingOption>[]>
  /** The carrier of an option; an option that is not known (any more) goes with the first carrier we have. */
  carrierOf(optionId: string): Promise<string>
  /** Forgets what it remembers: somebody changed an option. */
  forget(): void
}

interface OptionRow {
  id: string
  channel: string | null
  zone: Zone
  carrier: string
  names: Record<string, string>
  minDays: number
  maxDays: number
  maxWeightGrams: number | null
  active: boolean
  currency: string | null
  price: bigint | null
  freeFrom: bigint | null
}

/** Options change a few times a year and are asked for in every checkout. */
const KEEP_MS = 10_000
/** An order of nothing that can be put into a parcel. */
export const NO_SHIPPING = 'none'

export function createShippingOptions(deps: {
  sql: Sql
  products: RpcClient<typeof productsRpc>
  homeCountry: string
  log: Logger
}): ShippingOptions {
  let rows: { at: number; value: Promise<OptionRow[]> } | undefined
  const homes = new Map<string, { at: number; value: Promise<string> }>()

  const all = (): Promise<OptionRow[]> => {
    if (!rows || performance.now() - rows.at > KEEP_MS) {
      const value = readOptions(deps.sql)
      rows = { at: performance.now(), value }
      value.catch(() => (rows = undefined))
    }
    return rows.value
  }

  const homeOf = (channel: string): Promise<string> => {
    const known = homes.get(channel)
    if (known && performance.now() - known.at <= KEEP_MS) return known.value
    const value = withoutDeadline(() => deps.products.channel({ key: channel })).then(
      (found) => found?.country ?? deps.homeCountry,
      (error: unknown) => {
        deps.log.warn(
          { channel, error: (error as Error).message },
          'the home country of a channel could not be asked for; using the default',
        )
        return deps.homeCountry
      },
    )
    if (homes.size > 1000) homes.clear()
    homes.set(channel, { at: performance.now(), value })
    return value
  }

  return {
    async offers(question) {
      const [options, home] = await Promise.all([all(), homeOf(question.channel)])
      return offersFrom(options, zoneOf(question.country, home), question)
    },
    async carrierOf(optionId) {
      if (optionId === NO_SHIPPING) return NO_SHIPPING
      const options = await all()
      return (options.find((option) => option.id === optionId) ?? options[0])?.carrier ?? 'dhl'
    },
    forget() {
      rows = undefined
      homes.clear()
    },
  }
}

/** Pure: what is offered, from all options. */
export function offersFrom(
  options: readonly OptionRow[],
  zone: Zone,
  question: OptionsQuestion,
): Static<typeof ShippingOption>[] {
  const subtotal = BigInt(question.subtotal.amount)
  const language = question.locale?.split('-')[0] ?? 'en'
  return options
    .flatMap((option) => {
      const fits =
        option.active &&
        option.zone === zone &&
        option.currency === question.currency &&
        (option.channel === null || option.channel === question.channel) &&
        (option.maxWeightGrams === null || question.weightGrams <= option.maxWeightGrams)
      if (!fits || option.price === null) return []
      const free = option.freeFrom !== null && subtotal >= option.freeFrom
      return [
        {
          id: option.id,
          name: option.names[language] ?? option.names.en ?? option.id,
          carrier: option.carrier,
          price: { amount: free ? 0 : toJsonAmount(option.price), currency: question.currency },
          minDays: option.minDays,
          maxDays: option.maxDays,
        },
      ]
    })
    .sort((a, b) => a.price.amount - b.price.amount || a.maxDays - b.maxDays || (a.id < b.id ? -1 : 1))
}

async function readOptions(sql: Sql): Promise<OptionRow[]> {
  return sql<OptionRow[]>`
    select o.id, o.channel, o.zone, o.carrier, o.names, o.min_days as "minDays", o.max_days as "maxDays", o.max_weight_grams as "maxWeightGrams",
           o.active, p.currency, p.price, p.free_from as "freeFrom"
      from shipping_options o left join shipping_prices p on p.option_id = o.id order by o.id`
}
