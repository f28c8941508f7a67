import { PriceChanged } from '#contracts/events/products.ts'
import { uuidv7 } from '#kit/core/ids.ts'
import { toJsonAmount } from '#kit/core/money.ts'
import type { Query, Tx } from '#kit/db/db.ts'
import { refreshCardsWhere } from '../cards.ts'
import type { ProductsDeps } from '../deps.ts'
import { errors } from '../errors.ts'
import { loadPriceList, type PriceListRow } from '../queries/price-lists.ts'
import { explain, refreshCards } from '../store.ts'
import { type PriceEntry, writePrices } from './write-prices.ts'

export interface PriceListInput {
  key: string
  name: string
  currency: string
  kind: 'regular' | 'sale'
  channel: string | null
  customerGroup: string | null
  priority: number
  active: boolean
  validFrom: string | null
  validTo: string | null
}

/** Creates a price list, empty. Throws key-taken, unknown-reference, invalid-validity. */
export async function createPriceList(tx: Query, input: PriceListInput): Promise<PriceListRow> {
  checkValidity(input)
  const id = uuidv7()
  await tx`
    insert into price_lists (id, key, name, currency, kind, channel, customer_group, priority, active, valid_from, valid_to, announced)
    select ${id}, ${input.key}, ${input.name}, ${input.currency}, ${input.kind}, ${input.channel}, ${input.customerGroup}, ${input.priority}, ${input.active},
           ${input.validFrom}::timestamptz, ${input.validTo}::timestamptz, ${inForce(tx, input)}`.catch(explain)
  return (await loadPriceList(tx, id))!
}

/** Whether a list counts by the database's clock. */
const inForce = (tx: Query, list: Pick<PriceListInput, 'active' | 'validFrom' | 'validTo'>) =>
  tx`${list.active} and coalesce(${list.validFrom}::timestamptz <= now(), true) and coalesce(${list.validTo}::timestamptz > now(), true)`

/** Changes a list; its currency stays. What that does to prices that count is told at once. */
export async function updatePriceList(
  deps: ProductsDeps,
  tx: Tx,
  id: string,
  input: Partial<Omit<PriceListInput, 'currency' | 'key'>>,
  expected: number | undefined,
): Promise<PriceListRow> {
  const before = await locked(tx, id, expected)
  const after = {
    ...before,
    ...Object.fromEntries(Object.entries(input).filter(([, value]) => value !== undefined)),
  } as PriceListRow
  checkValidity(after)
  await tx`
    update price_lists
       set name = ${after.name}, kind = ${after.kind}, channel = ${after.channel}, customer_group = ${after.customerGroup}, priority = ${after.priority},
           active = ${after.active}, valid_from = ${after.validFrom}::timestamptz, valid_to = ${after.validTo}::timestamptz, version = version + 1
     where id = ${id}`.catch(explain)
  const reach = (list: PriceListRow) => JSON.stringify([list.kind, list.channel, list.customerGroup, list.priority])
  await announce(deps, tx, id, { again: reach(before) !== reach(after) })
  return (await loadPriceList(tx, id))!
}

/** Removes a list with its prices. A channel's own list stays. */
export async function deletePriceList(deps: ProductsDeps, tx: Tx, id: string, expected: number | undefined): Promise<void> {
  await locked(tx, id, expected)
  const [channel] = await tx`select 1 from channels where base_price_list = ${id}`
  if (channel) throw errors.inUse()
  await tx`update price_lists set active = false where id = ${id}`
  await announce(deps, tx, id, { again: false })
  await tx`delete from price_lists where id = ${id}`
}

/** Sets or takes away prices of a list by SKU, all or none. Returns how many changed. */
export async function setPrices(
  deps: ProductsDeps,
  tx: Tx,
  id: string,
  prices: readonly { sku: string; minQuantity?: number | undefined; amount: number | null }[],
): Promise<{ changed: number }> {
  if (!(await loadPriceList(tx, id))) throw errors.noSuchPriceList()
  const skus = [...new Set(prices.map((price) => price.sku))]
  const variants = await tx<{ id: string; sku: string }[]>`select v.id, v.sku from variants v where v.sku = any (${skus})`
  const bySku = new Map(variants.map((variant) => [variant.sku, variant.id]))
  const unknown = prices.flatMap(({ sku }, index) =>
    bySku.has(sku) ? [] : [{ pointer: `/prices/${index}/sku`, message: 'there is no variant with this SKU' }],
  )
  if (unknown.length > 0) throw errors.unknownReference({}, { fields: unknown })
  const entries = new Map<string, PriceEntry>()
  for (const { sku, minQuantity = 1, amount } of prices)
    entries.set(`${minQuantity} ${sku}`, { variantId: bySku.get(sku)!, minQuantity, amount })
  const { events, productIds, changed } = await writePrices(tx, id, [...entries.values()])
  await refreshCards(tx, productIds)
  await deps.kit.outbox.append(tx, events)
  return { changed }
}

/** Lists whose validity began or ended since the last look: their prices are announced. Run by the job. */
export async function announceDueLists(deps: ProductsDeps, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const found = await deps.db.tx(async (tx) => {
      const [due] = await tx<{ id: string }[]>`
        select l.id from price_lists l
         where l.announced <> (l.active and coalesce(l.valid_from <= now(), true) and coalesce(l.valid_to > now(), true))
         order by l.id limit 1 for update skip locked`
      if (due) await announce(deps, tx, due.id, { again: false })
      return due !== undefined
    })
    if (!found) return
  }
}

const AT_ONCE = 1000

/**
 * Tells the world what a list's state means for its prices: they count now, no longer, or (`again`) in another way. Nothing to
 * tell: nothing happens. Cards follow.
 */
async function announce(deps: ProductsDeps, tx: Tx, id: string, { again }: { again: boolean }): Promise<void> {
  const [list] = await tx<{ before: boolean; after: boolean; currency: string; channel: string | null }[]>`
    update price_lists l
       set announced = l.active and coalesce(l.valid_from <= now(), true) and coalesce(l.valid_to > now(), true)
      from (select o.id, o.announced as before from price_lists o where o.id = ${id}) old
     where l.id = old.id
    returning old.before, l.announced as after, l.currency, l.channel`
  if (!list || (list.before === list.after && !(again && list.after))) return
  for (let last: { variant_id: string; min_quantity: number } | undefined; ; ) {
    const rows = await tx<{ product_id: string; variant_id: string; sku: string; min_quantity: number; amount: bigint }[]>`
      select v.product_id, p.variant_id, v.sku, p.min_quantity, p.amount
        from prices p join variants v on v.id = p.variant_id
       where p.price_list_id = ${id} ${last ? tx`and (p.variant_id, p.min_quantity) > (${last.variant_id}, ${last.min_quantity})` : tx``}
       order by p.variant_id, p.min_quantity limit ${AT_ONCE}`
    if (rows.length === 0) break
    await deps.kit.outbox.append(
      tx,
      rows.map((row) => {
        const money = { amount: toJsonAmount(row.amount), currency: list.currency }
        return PriceChanged({
          productId: row.product_id,
          variantId: row.variant_id,
          sku: row.sku,
          priceListId: id,
          channel: list.channel,
          minQuantity: row.min_quantity,
          previous: list.before ? money : null,
          price: list.after ? money : null,
        })
      }),
    )
    last = rows.at(-1)
  }
  await refreshCardsWhere(
    tx,
    tx`p.id in (select v.product_id from prices pr join variants v on v.id = pr.variant_id where pr.price_list_id = ${id})`,
  )
}

async function locked(tx: Tx, id: string, expected: number | undefined): Promise<PriceListRow> {
  await tx`select 1 from price_lists where id = ${id} for update`
  const list = await loadPriceList(tx, id)
  if (!list) throw errors.noSuchPriceList()
  if (expected !== undefined && expected !== list.version) throw errors.versionConflict({ expected, actual: list.version })
  return list
}

function checkValidity({ validFrom, validTo }: Pick<PriceListInput, 'validFrom' | 'validTo'>): void {
  if (validFrom && validTo && new Date(validFrom) >= new Date(validTo)) throw errors.invalidValidity()
}
