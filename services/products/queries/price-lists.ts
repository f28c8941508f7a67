import type { Query } from '#kit/db/db.ts'

export interface PriceListRow {
  id: string
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
  /** counts right now */
  inForce: boolean
  version: number
}

const columns = (db: Query) => db`
  l.id, l.key, l.name, l.currency, l.kind, l.channel, l.customer_group as "customerGroup", l.priority, l.active, iso(l.valid_from) as "validFrom",
  iso(l.valid_to) as "validTo", l.version, l.active and coalesce(l.valid_from <= now(), true) and coalesce(l.valid_to > now(), true) as "inForce"`

export async function loadPriceList(db: Query, id: string): Promise<PriceListRow | undefined> {
  const [row] = await db<PriceListRow[]>`select ${columns(db)} from price_lists l where l.id = ${id}`
  return row
}

/** All lists, the strongest first. A shop has dozens, not thousands. */
export async function loadPriceLists(db: Query): Promise<PriceListRow[]> {
  return db<PriceListRow[]>`select ${columns(db)} from price_lists l order by l.priority desc, l.key limit 1000`
}
