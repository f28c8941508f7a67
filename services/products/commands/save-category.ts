import type { Static } from 'typebox'
import { refreshCardsWhere } from '../cards.ts'
import { place } from '../category.ts'
import { errors } from '../errors.ts'
import { loadCategory, type StoredCategory } from '../queries/categories.ts'
import type { TextsInput } from '../shapes.ts'
import { slugify } from '../slug.ts'
import { explain, stillUsed } from '../store.ts'
import { uuidv7 } from '#kit/core/ids.ts'
import type { Tx } from '#kit/db/db.ts'

export interface CategoryInput {
  slug?: string | undefined
  parentId?: string | null | undefined
  position?: number | undefined
  texts?: Static<typeof TextsInput> | undefined
}

/** Creates a category below `parentId`. Throws no-such-category (the parent), key-taken, category-too-deep. */
export async function createCategory(
  tx: Tx,
  input: CategoryInput & { texts: Static<typeof TextsInput> },
): Promise<StoredCategory> {
  await lockTree(tx)
  const id = uuidv7()
  const path = placed(id, await pathOf(tx, input.parentId ?? null), 0)
  const slug = input.slug ?? slugify(Object.values(input.texts)[0]!.title)
  await tx`insert into categories (id, parent_id, path, slug, position) values (${id}, ${input.parentId ?? null}, ${path}, ${slug}, ${input.position ?? 0})`.catch(
    explain,
  )
  await writeTexts(tx, id, input.texts)
  return (await loadCategory(tx, id))!
}

/** Changes a category; with another `parentId` its whole subtree moves. Throws category-cycle, category-too-deep, version-conflict. */
export async function updateCategory(
  tx: Tx,
  id: string,
  input: CategoryInput,
  expected: number | undefined,
): Promise<StoredCategory> {
  // Two moves at once could each be right and make a ring together, so the tree changes one move at a time.
  await lockTree(tx)
  const before = await loadCategory(tx, id)
  if (!before) throw errors.noSuchCategory()
  if (expected !== undefined && expected !== before.version) throw errors.versionConflict({ expected, actual: before.version })
  await tx`
    update categories set slug = ${input.slug ?? before.slug}, position = ${input.position ?? before.position}, version = version + 1
     where id = ${id}`.catch(explain)
  if (input.texts) {
    await writeTexts(tx, id, input.texts)
    await refreshCardsWhere(tx, inCategory(tx, id))
  }
  if (input.parentId !== undefined && input.parentId !== before.parentId) await move(tx, before, input.parentId)
  return (await loadCategory(tx, id))!
}

/**
 * Puts a category among the children of a parent (`null`: the roots), at `index` of those that are there without it; too high an
 * index is the end. They are numbered anew, so that places which were never given are told apart. Throws as `updateCategory`.
 */
export async function placeCategory(
  tx: Tx,
  id: string,
  { parentId, index }: { parentId: string | null; index: number },
  expected: number | undefined,
): Promise<StoredCategory> {
  await updateCategory(tx, id, { parentId }, expected)
  const below = await tx<{ id: string }[]>`
    select c.id from categories c cross join lateral text_of(c.id, 'en', 'en') t
     where ${parentId === null ? tx`c.parent_id is null` : tx`c.parent_id = ${parentId}`} and c.id <> ${id}
     order by c.position, t.title collate "C", c.id`
  const order = below.map((row) => row.id)
  order.splice(index, 0, id)
  await tx`
    update categories c set position = o.n - 1 from unnest(${order}::uuid[]) with ordinality as o(id, n)
     where c.id = o.id and c.position <> o.n - 1`
  return (await loadCategory(tx, id))!
}

async function move(tx: Tx, category: StoredCategory, parentId: string | null): Promise<void> {
  const [below] = await tx<
    { height: number }[]
  >`select max(cardinality(c.path)) - ${category.path.length} as height from categories c where c.path @> array[${category.id}::uuid]`
  const path = placed(category.id, await pathOf(tx, parentId), below?.height ?? 0)
  await tx`
    update categories c
       set path = ${path as string[]}::uuid[] || c.path[${category.path.length + 1}:], parent_id = case when c.id = ${category.id} then ${parentId} else c.parent_id end
     where c.path @> array[${category.id}::uuid]`
  await refreshCardsWhere(tx, inCategory(tx, category.id))
}

/** Of products `p` those in the category or below it. */
const inCategory = (tx: Tx, id: string) =>
  tx`p.id in (select pc.product_id from product_categories pc join categories c on c.id = pc.category_id where c.path @> array[${id}::uuid])`

/** Deletes an empty category. Throws in-use while it has products or categories below it; those that are archived do not count, nobody can take them out. */
export async function deleteCategory(tx: Tx, id: string, expected: number | undefined): Promise<void> {
  await lockTree(tx)
  const before = await loadCategory(tx, id)
  if (!before) throw errors.noSuchCategory()
  if (expected !== undefined && expected !== before.version) throw errors.versionConflict({ expected, actual: before.version })
  const [used] = await tx<{ categories: number; products: number }[]>`
    select (select count(*)::integer from categories c where c.parent_id = ${id}) as categories,
           (select count(*)::integer from product_categories pc join products p on p.id = pc.product_id
             where pc.category_id = ${id} and p.status <> 'ARCHIVED') as products`
  if (used && used.categories + used.products > 0) throw errors.inUse({ ...used })
  await tx`
    delete from product_categories pc using products p where pc.category_id = ${id} and p.id = pc.product_id and p.status = 'ARCHIVED'`
  await tx`with texts_gone as (delete from texts where owner_id = ${id}) delete from categories where id = ${id}`.catch(stillUsed)
}

async function pathOf(tx: Tx, id: string | null): Promise<readonly string[] | null> {
  if (id === null) return null
  const [row] = await tx<{ path: string[] }[]>`select c.path from categories c where c.id = ${id}`
  if (!row) throw errors.noSuchCategory({ id })
  return row.path
}

function placed(id: string, parent: readonly string[] | null, height: number): string[] {
  const placement = place(id, parent, height)
  if (!placement.ok) throw placement.reason === 'cycle' ? errors.categoryCycle() : errors.categoryTooDeep()
  return [...placement.path]
}

async function lockTree(tx: Tx): Promise<void> {
  await tx`select pg_advisory_xact_lock(hashtext('products category tree'))`
}

async function writeTexts(tx: Tx, id: string, texts: Static<typeof TextsInput>): Promise<void> {
  const rows = Object.entries(texts).map(([locale, text]) => ({
    locale,
    title: text.title.trim(),
    description: text.description ?? '',
    seo_title: text.seoTitle ?? null,
    seo_description: text.seoDescription ?? null,
  }))
  await tx`
    with gone as (delete from texts where owner_id = ${id} and locale <> all (${Object.keys(texts)}))
    insert into texts (owner_id, locale, title, description, seo_title, seo_description)
    select ${id}, x.locale, x.title, x.description, x.seo_title, x.seo_description
      from jsonb_to_recordset(${JSON.stringify(rows)}::text::jsonb) as x(locale text, title text, description text, seo_title text, seo_description text)
        on conflict (owner_id, locale) do update
       set title = excluded.title, description = excluded.description, seo_title = excluded.seo_title, seo_description = excluded.seo_description`
}
