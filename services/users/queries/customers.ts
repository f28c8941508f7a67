import Type from 'typebox'
import { addressesOf } from '../addresses.ts'
import { viewsOf } from '../saved-views.ts'
import type { UsersDeps } from '../deps.ts'
import { type Profile, profileColumns, requireProfile } from '../profiles.ts'
import { descending, keyset, type PageRequest } from '#kit/http/paging.ts'
import type { Query } from '#kit/db/db.ts'

const customers = keyset({
  list: 'customers',
  id: { column: 'p.user_id', type: 'uuid' },
  sorts: { newest: descending('p.created_at', 'timestamptz') },
  initial: 'newest',
})

export const CustomerQuery = customers.query({
  search: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 100,
      description: 'beginnings of words of the name, a whole e-mail address, or an id',
    }),
  ),
  group: Type.Optional(Type.String({ maxLength: 60 })),
})

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

/** Words as a prefix search: `ann ba` finds Ann Baker. Signs that mean something to tsquery are left out. */
function prefixQuery(text: string): string {
  return (text.match(/[\p{L}\p{N}]+/gu) ?? [])
    .slice(0, 8)
    .map((word) => `${word}:*`)
    .join(' & ')
}

/** What a search means: one person, or words of a name. */
async function meaningOf(deps: UsersDeps, search: string): Promise<{ id: string | null } | { words: string }> {
  const text = search.trim()
  if (UUID.test(text)) return { id: text }
  if (text.includes('@')) return { id: (await deps.auth.accountByEmail({ email: text })).userId }
  return { words: prefixQuery(text) }
}

/** Customers for staff, newest first. */
export async function listCustomers(
  deps: UsersDeps,
  query: PageRequest & { search?: string | undefined; group?: string | undefined },
) {
  const sql = deps.db.read
  const at = customers.position(query)
  const meant = query.search === undefined ? undefined : await meaningOf(deps, query.search)
  const found =
    meant === undefined
      ? sql``
      : 'id' in meant
        ? sql`and p.user_id = ${meant.id}`
        : meant.words === ''
          ? sql`and false`
          : sql`and to_tsvector('simple', p.full_name) @@ to_tsquery('simple', ${meant.words})`
  const inGroup =
    query.group === undefined
      ? sql``
      : sql`and exists (select 1 from group_members m where m.user_id = p.user_id and m.group_key = ${query.group})`
  const rows = await sql<Profile[]>`
    select ${profileColumns(sql)}, ${at.keys(sql)} from profiles p where true ${found} ${inGroup} ${at.after(sql)} ${at.order(sql)}`
  return at.page<Profile, Profile>(rows, (row) => row)
}

export interface ActivityEntry {
  readonly id: string
  readonly kind: string
  readonly details: Record<string, unknown>
  readonly at: Date
}

const log = keyset({
  list: 'activity',
  id: { column: 'a.activity_id', type: 'uuid' },
  sorts: { newest: descending('a.at', 'timestamptz') },
  initial: 'newest',
})

export const ActivityQuery = log.query({})

/** What happened to an account, newest first. */
export async function listActivity(sql: Query, userId: string, query: PageRequest) {
  const at = log.position(query)
  const rows = await sql<ActivityEntry[]>`
    select a.activity_id as id, a.kind, a.details, a.at, ${at.keys(sql)} from activity a where a.user_id = ${userId} ${at.after(sql)} ${at.order(sql)}`
  return at.page(rows, (row) => ({ id: row.id, kind: row.kind, details: row.details, at: row.at.toISOString() }))
}

/** Everything that this service, auth, reviews and recommendations hold about a person (GDPR Art. 15 and 20), as plain data. */
export async function exportOf(deps: UsersDeps, userId: string) {
  const { sql } = deps.db
  const profile = await requireProfile(sql, userId)
  const [addresses, views, activity, { accounts }, signIn, { reviews, votes, reports }, recommendations] = await Promise.all([
    addressesOf(sql, userId),
    viewsOf(sql, userId),
    sql<
      ActivityEntry[]
    >`select activity_id as id, kind, details, at from activity where user_id = ${userId} order by at, activity_id`,
    deps.auth.accounts({ userIds: [userId] }),
    deps.auth.ofPerson({ userId }),
    deps.reviews.ofAuthor({ authorId: userId }),
    deps.recommendations.ofPerson({ personId: userId }),
  ])
  const exportedAt = new Date().toISOString()
  return {
    exportedAt,
    account: accounts[0] ?? null,
    signIn,
    profile,
    addresses,
    views: [...views],
    activity: [...activity],
    reviews,
    votes,
    reports,
    recommendations,
  }
}
