import Type, { type Static } from 'typebox'
import { Timestamp, Uuid } from '#contracts/values.ts'
import type { Query } from '#kit/db/db.ts'
import { descending, keyset, type Page, type PageRequest } from '#kit/http/paging.ts'
import { closed } from '#kit/messaging/event.ts'

export const StaffView = closed({
  id: Uuid,
  email: Type.String(),
  roles: Type.Array(Type.String()),
  disabled: Type.Boolean(),
  mfa: Type.Boolean({ description: 'signs in with a second step' }),
  createdAt: Timestamp,
})
type StaffView = Static<typeof StaffView>

const staff = keyset({
  list: 'staff',
  id: { column: 'a.user_id', type: 'uuid' },
  sorts: { newest: descending('a.created_at', 'timestamptz') },
  initial: 'newest',
})

export const StaffQuery = staff.query({ role: Type.Optional(Type.String({ minLength: 1, maxLength: 40 })) })

type Row = Omit<StaffView, 'createdAt'> & { createdAt: Date }

/** Accounts with more than the rights of a customer, newest first. */
export async function listStaff(sql: Query, query: PageRequest & { role?: string | undefined }): Promise<Page<StaffView>> {
  const at = staff.position(query)
  const inRole = query.role === undefined ? sql`` : sql`and ${query.role} = any (a.roles)`
  const rows = await sql<Row[]>`
    select a.user_id as id, a.email, a.roles, a.disabled_at is not null as disabled, a.created_at as "createdAt",
           exists (select 1 from totp t where t.user_id = a.user_id and t.confirmed_at is not null) as mfa, ${at.keys(sql)}
      from accounts a where not (a.roles <@ array['CUSTOMER']) ${inRole} ${at.after(sql)} ${at.order(sql)}`
  return at.page<Row, StaffView>(rows, ({ id, email, roles, disabled, mfa, createdAt }) => ({
    id,
    email,
    roles,
    disabled,
    mfa,
    createdAt: createdAt.toISOString(),
  }))
}
