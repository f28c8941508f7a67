import type { Document, DocumentOf, Kind } from '../documents.ts'
import type { Query } from '#kit/db/db.ts'
import { ascending, keyset, type PageRequest } from '#kit/http/paging.ts'

/** What visitors see of an entry: nothing, the draft, or something older. */
export type State = 'draft' | 'published' | 'changed'

export interface EntryRow {
  readonly id: string
  readonly kind: Kind
  readonly slug: string
  /** in the default language; menus and the home page have none */
  readonly title: string | null
  readonly state: State
  readonly version: number
  readonly publishedAt: Date | null
  readonly updatedAt: Date
}

export interface Entry extends EntryRow {
  readonly draft: Document
  readonly published: Document | null
  /** name under which visitors see it */
  readonly publishedSlug: string | null
}

const columns = (sql: Query) => sql`
  e.entry_id as id, e.kind, e.slug, coalesce(e.draft #>> '{texts,en,title}', e.draft #>> '{texts,en,text}') as title,
  case when e.published is null then 'draft' when e.published_version = e.version then 'published' else 'changed' end as state,
  e.version, e.published_at as "publishedAt", e.updated_at as "updatedAt"`

export async function entryById(sql: Query, id: string): Promise<Entry | undefined> {
  const [row] = await sql<Entry[]>`
    select ${columns(sql)}, e.draft, e.published, e.published_slug as "publishedSlug" from entries e where e.entry_id = ${id}`
  return row
}

export const entryList = keyset({
  list: 'content entries',
  id: { column: 'e.entry_id', type: 'uuid' },
  sorts: { name: ascending('e.slug', 'text') },
  initial: 'name',
})

/** Entries by name, those of one kind or all. */
export async function listEntries(sql: Query, query: PageRequest & { kind?: Kind | undefined }) {
  const at = entryList.position(query)
  const rows = await sql<EntryRow[]>`
    select ${columns(sql)}, ${at.keys(sql)} from entries e
     where (${query.kind ?? null}::text is null or e.kind = ${query.kind ?? null}) ${at.after(sql)} ${at.order(sql)}`
  return at.page<EntryRow, EntryRow>(rows, (row) => row)
}

interface Shown<K extends Kind> {
  readonly slug: string
  readonly document: DocumentOf<K>
  readonly publishedAt: Date
}

/** What visitors see of a kind, by the name under which it was published. */
export async function publishedOf<K extends Kind>(sql: Query, kind: K): Promise<Shown<K>[]> {
  return await sql<Shown<K>[]>`
    select e.published_slug as slug, e.published as document, e.published_at as "publishedAt" from entries e
     where e.kind = ${kind} and e.published is not null order by e.published_slug`
}
