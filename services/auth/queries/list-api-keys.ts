import Type, { type Static } from 'typebox'
import { heldBy } from '../roles.ts'
import { Nullable, Timestamp, Uuid } from '#contracts/values.ts'
import type { Query } from '#kit/db/db.ts'
import { descending, keyset, type Page, type PageRequest } from '#kit/http/paging.ts'
import { closed } from '#kit/messaging/event.ts'

const State = Type.Union([Type.Literal('active'), Type.Literal('expired'), Type.Literal('revoked'), Type.Literal('locked')], {
  description: 'locked: the account of whoever made it is locked out',
})

export const ApiKeyView = closed({
  id: Uuid,
  name: Type.String(),
  state: State,
  permissions: Type.Array(Type.String()),
  lostPermissions: Type.Array(Type.String(), {
    description: 'those that whoever made it does not have any more: the key may not use them either',
  }),
  madeBy: closed({ id: Uuid, email: Type.String() }),
  createdAt: Timestamp,
  expiresAt: Nullable(Timestamp),
  lastUsedAt: Type.Union([Timestamp, Type.Null()], { description: 'to some minutes' }),
  revokedAt: Nullable(Timestamp),
})
export type ApiKeyView = Static<typeof ApiKeyView>

const keys = keyset({
  list: 'api-keys',
  id: { column: 'k.key_id', type: 'uuid' },
  sorts: { newest: descending('k.created_at', 'timestamptz') },
  initial: 'newest',
})

export const ApiKeyQuery = keys.query({
  ended: Type.Optional(
    Type.Boolean({ description: 'true: only revoked and expired ones; false: only the others; default: all' }),
  ),
})

interface Row {
  id: string
  name: string
  permissions: string[]
  roles: string[]
  userId: string
  email: string
  disabled: boolean
  createdAt: Date
  expiresAt: Date | null
  lastUsedAt: Date | null
  revokedAt: Date | null
}

function stateOf({ revokedAt, expiresAt, disabled }: Row): ApiKeyView['state'] {
  if (revokedAt) return 'revoked'
  if (expiresAt && expiresAt.getTime() <= Date.now()) return 'expired'
  return disabled ? 'locked' : 'active'
}

function viewOf(row: Row): ApiKeyView {
  const held = new Set(heldBy(row.roles, row.permissions))
  return {
    id: row.id,
    name: row.name,
    state: stateOf(row),
    permissions: row.permissions,
    lostPermissions: row.permissions.filter((permission) => !held.has(permission)),
    madeBy: { id: row.userId, email: row.email },
    createdAt: row.createdAt.toISOString(),
    expiresAt: row.expiresAt?.toISOString() ?? null,
    lastUsedAt: row.lastUsedAt?.toISOString() ?? null,
    revokedAt: row.revokedAt?.toISOString() ?? null,
  }
}

/** API keys, newest first. */
export async function listApiKeys(sql: Query, query: PageRequest & { ended?: boolean | undefined }): Promise<Page<ApiKeyView>> {
  const at = keys.position(query)
  const ended = sql`coalesce(least(k.revoked_at, k.expires_at) <= now(), false)`
  const some = query.ended === undefined ? sql`` : sql`and ${ended} = ${query.ended}`
  const rows = await sql<Row[]>`
    select ${columns(sql)}, ${at.keys(sql)} from api_keys k join accounts a using (user_id) where true ${some} ${at.after(sql)} ${at.order(sql)}`
  return at.page<Row, ApiKeyView>(rows, viewOf)
}

/** One of them; undefined where there is none. */
export async function apiKeyById(sql: Query, keyId: string): Promise<ApiKeyView | undefined> {
  const [row] = await sql<Row[]>`select ${columns(sql)} from api_keys k join accounts a using (user_id) where k.key_id = ${keyId}`
  return row && viewOf(row)
}

/** The keys that somebody made, for who asks to have everything; at most 1,000. */
export async function apiKeysOf(sql: Query, userId: string) {
  const rows = await sql<Row[]>`
    select ${columns(sql)} from api_keys k join accounts a using (user_id) where k.user_id = ${userId} order by k.key_id desc limit 1000`
  return rows.map(viewOf).map(({ name, permissions, createdAt, lastUsedAt, revokedAt, expiresAt }) => {
    return { name, permissions, createdAt, lastUsedAt, endedAt: revokedAt ?? expiresAt }
  })
}

const columns = (sql: Query) => sql`
  k.key_id as id, k.name, k.permissions, a.roles, a.user_id as "userId", a.email, a.disabled_at is not null as disabled,
  k.created_at as "createdAt", k.expires_at as "expiresAt", k.last_used_at as "lastUsedAt", k.revoked_at as "revokedAt"`
