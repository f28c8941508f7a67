import { isUuid } from './product-detail.ts'
import type { ProductText } from '../product.ts'
import type { Query } from '#kit/db/db.ts'

export interface CategoryRow {
  id: string
  parentId: string | null
  path: string[]
  slug: string
  position: number
  version: number
  /** in the reader's language */
  title: string
  description: string
}

export interface StoredCategory extends Omit<CategoryRow, 'title' | 'description'> {
  texts: Record<string, ProductText>
}

/** The whole tree as rows, texts in the reader's language. */
export async function loadCategories(db: Query, locale: string): Promise<CategoryRow[]> {
  return db<CategoryRow[]>`
    select c.id, c.parent_id as "parentId", c.path, c.slug, c.position, c.version, t.title, t.description
      from categories c cross join lateral text_of(c.id, ${locale}, 'en') t
     order by cardinality(c.path), c.position`
}

/** One category by id or address with every language. */
export async function loadCategory(db: Query, asked: string): Promise<StoredCategory | undefined> {
  const [row] = await db<StoredCategory[]>`
    select c.id, c.parent_id as "parentId", c.path, c.slug, c.position, c.version,
           (select jsonb_object_agg(t.locale, jsonb_build_object('title', t.title, 'description', t.description, 'seoTitle', t.seo_title, 'seoDescription', t.seo_description))
              from texts t where t.owner_id = c.id) as texts
      from categories c
     where ${isUuid(asked) ? db`c.id = ${asked}` : db`c.slug = ${asked}`}`
  return row
}
