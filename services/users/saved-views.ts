import { errors } from './errors.ts'
import { lockProfile } from './profiles.ts'
import type { Query, Tx } from '#kit/db/db.ts'

/** Filters of a list, under a name of their owner's. */
export interface SavedView {
  readonly list: string
  readonly name: string
  /** as they stand in the address of the list */
  readonly filters: Readonly<Record<string, string>>
}

const MOST_VIEWS = 50

/** All of somebody's, by list and name. */
export async function viewsOf(sql: Query, userId: string, list?: string): Promise<SavedView[]> {
  const some = list === undefined ? sql`` : sql`and list = ${list}`
  return await sql<SavedView[]>`select list, name, filters from saved_views where user_id = ${userId} ${some} order by list, name`
}

/** Keeps a view, in the place of one of the same name. Throws `users/not-found`, `users/too-many-views`. */
export async function saveView(tx: Tx, userId: string, { list, name, filters }: SavedView): Promise<void> {
  await lockProfile(tx, userId)
  const kept = await tx`
    insert into saved_views (user_id, list, name, filters)
    select ${userId}, ${list}, ${name}, ${JSON.stringify(filters)}::text::jsonb
     where (select count(*) from saved_views v where v.user_id = ${userId} and v.list = ${list} and v.name <> ${name}) < ${MOST_VIEWS}
        on conflict (user_id, list, name) do update set filters = excluded.filters
    returning 1`
  if (kept.length === 0) throw errors.tooManyViews()
}

/** Forgets a view; one that is not there is forgotten already. */
export async function forgetView(tx: Query, userId: string, { list, name }: Pick<SavedView, 'list' | 'name'>): Promise<void> {
  await tx`delete from saved_views where user_id = ${userId} and list = ${list} and name = ${name}`
}
