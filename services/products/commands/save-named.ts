/** Brands and sellers: a name and an address, little else. */
import { refreshCardsWhere } from '../cards.ts'
import { errors } from '../errors.ts'
import { slugify } from '../slug.ts'
import { explain, stillUsed } from '../store.ts'
import { uuidv7 } from '#kit/core/ids.ts'
import type { Tx } from '#kit/db/db.ts'

export interface Brand {
  id: string
  slug: string
  name: string
  version: number
}

export interface Seller extends Brand {
  status: 'ACTIVE' | 'SUSPENDED'
  /** who writes its products; only staff and that user see it */
  userId: string | null
}

export async function createBrand(tx: Tx, input: { name: string; slug?: string | undefined }): Promise<Brand> {
  const [row] = await tx<Brand[]>`
    insert into brands (id, slug, name) values (${uuidv7()}, ${input.slug ?? slugify(input.name)}, ${input.name}) returning id, slug, name, version`.catch(
    explain,
  )
  return row!
}

/** Changes a brand; a new name shows on the cards of its products. */
export async function updateBrand(
  tx: Tx,
  id: string,
  input: { name?: string | undefined; slug?: string | undefined },
  expected: number | undefined,
): Promise<Brand> {
  const [row] = await tx<Brand[]>`
    update brands set name = coalesce(${input.name ?? null}, name), slug = coalesce(${input.slug ?? null}, slug), version = version + 1
     where id = ${id} and (${expected ?? null}::integer is null or version = ${expected ?? null})
    returning id, slug, name, version`.catch(explain)
  if (!row) return await missing(tx, 'brands', id, expected)
  if (input.name !== undefined) await refreshCardsWhere(tx, tx`p.brand_id = ${id}`)
  return row
}

/** Deletes a brand or seller that no product names. */
export async function deleteNamed(tx: Tx, table: 'brands' | 'sellers', id: string, expected: number | undefined): Promise<void> {
  const column = table === 'brands' ? 'brand_id' : 'seller_id'
  const [used] = await tx`select 1 from products p where p.${tx(column)} = ${id} limit 1`
  if (used) throw errors.inUse()
  const gone =
    await tx`delete from ${tx(table)} where id = ${id} and (${expected ?? null}::integer is null or version = ${expected ?? null})`.catch(
      stillUsed,
    )
  if (gone.count === 0) await missing(tx, table, id, expected)
}

export async function createSeller(
  tx: Tx,
  input: { name: string; slug?: string | undefined; userId: string | null },
): Promise<Seller> {
  const [row] = await tx<Seller[]>`
    insert into sellers (id, slug, name, user_id) values (${uuidv7()}, ${input.slug ?? slugify(input.name)}, ${input.name}, ${input.userId})
    returning id, slug, name, version, status, user_id as "userId"`.catch(explain)
  return row!
}

export async function updateSeller(
  tx: Tx,
  id: string,
  input: {
    name?: string | undefined
    slug?: string | undefined
    status?: Seller['status'] | undefined
    userId?: string | null | undefined
  },
  expected: number | undefined,
): Promise<Seller> {
  const [row] = await tx<Seller[]>`
    update sellers
       set name = coalesce(${input.name ?? null}, name), slug = coalesce(${input.slug ?? null}, slug), status = coalesce(${input.status ?? null}, status),
           user_id = ${input.userId === undefined ? tx`user_id` : tx`${input.userId}`}, version = version + 1
     where id = ${id} and (${expected ?? null}::integer is null or version = ${expected ?? null})
    returning id, slug, name, version, status, user_id as "userId"`.catch(explain)
  return row ?? (await missing(tx, 'sellers', id, expected))
}

/** Why a conditional write touched nothing: the row is not there, or it has another version. */
async function missing(tx: Tx, table: 'brands' | 'sellers', id: string, expected: number | undefined): Promise<never> {
  const [row] = await tx<{ version: number }[]>`select t.version from ${tx(table)} t where t.id = ${id}`
  if (row) throw errors.versionConflict({ expected, actual: row.version })
  throw table === 'brands' ? errors.noSuchBrand() : errors.noSuchSeller()
}
