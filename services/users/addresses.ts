import type { PostalAddress } from '#contracts/values.ts'
import type { Query } from '#kit/db/db.ts'

export interface Address extends PostalAddress {
  readonly id: string
  readonly defaultShipping: boolean
  readonly defaultBilling: boolean
  readonly version: number
}

interface Row {
  id: string
  name: string
  company: string | null
  line1: string
  line2: string | null
  city: string
  region: string | null
  postalCode: string
  country: string
  phone: string | null
  defaultShipping: boolean
  defaultBilling: boolean
  version: number
}

/** An optional line that is empty is left out. */
const toAddress = ({ company, line2, region, phone, ...row }: Row): Address => ({
  ...row,
  ...(company === null ? {} : { company }),
  ...(line2 === null ? {} : { line2 }),
  ...(region === null ? {} : { region }),
  ...(phone === null ? {} : { phone }),
})

/** Only the postal part, as other services get it. */
export function postalPart({ id: _id, defaultShipping: _s, defaultBilling: _b, version: _v, ...postal }: Address): PostalAddress {
  return postal
}

const columns = (sql: Query) => sql`
  a.address_id as id, a.name, a.company, a.line1, a.line2, a.city, a.region, a.postal_code as "postalCode", a.country, a.phone,
  a.default_shipping as "defaultShipping", a.default_billing as "defaultBilling", a.version`

/** All addresses of a user, newest first. */
export async function addressesOf(sql: Query, userId: string): Promise<Address[]> {
  return (
    await sql<
      Row[]
    >`select ${columns(sql)} from addresses a where a.user_id = ${userId} order by a.created_at desc, a.address_id desc`
  ).map(toAddress)
}

/** One address of this user, or the default one to ship to. Somebody else's is `undefined`. */
export async function addressOf(sql: Query, userId: string, addressId: string | undefined): Promise<Address | undefined> {
  const [row] = addressId
    ? await sql<Row[]>`select ${columns(sql)} from addresses a where a.user_id = ${userId} and a.address_id = ${addressId}`
    : await sql<Row[]>`select ${columns(sql)} from addresses a where a.user_id = ${userId} and a.default_shipping`
  return row && toAddress(row)
}
