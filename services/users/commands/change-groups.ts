import type { UsersDeps } from '../deps.ts'
import { errors } from '../errors.ts'
import { noteActivity } from '../profiles.ts'
import { UserProfileUpdated } from '#contracts/events/users.ts'
import type { Tx } from '#kit/db/db.ts'

export interface CustomerGroup {
  readonly key: string
  readonly name: string
  readonly members: number
}

/** Makes a group, or gives it another name. */
export async function putGroup(tx: Tx, key: string, name: string): Promise<CustomerGroup> {
  await tx`insert into customer_groups (group_key, name) values (${key}, ${name}) on conflict (group_key) do update set name = excluded.name`
  const [row] = await tx<{ members: number }[]>`select count(*)::integer as members from group_members where group_key = ${key}`
  return { key, name, members: row?.members ?? 0 }
}

export async function removeGroup(tx: Tx, key: string): Promise<void> {
  const gone = await tx`delete from customer_groups where group_key = ${key} returning 1`
  if (gone.length === 0) throw errors.groupNotFound()
}

/** Puts a customer into a group, or takes them out. Prices may depend on it, so others are told. Repeating is fine. */
export async function setMembership(deps: UsersDeps, tx: Tx, key: string, userId: string, member: boolean): Promise<void> {
  const [found] = await tx<{ group: boolean; person: boolean }[]>`
    select exists (select 1 from customer_groups where group_key = ${key}) as "group", exists (select 1 from profiles where user_id = ${userId}) as person`
  if (!found?.group) throw errors.groupNotFound()
  if (!found.person) throw errors.notFound()
  const changed = member
    ? await tx`insert into group_members (group_key, user_id) values (${key}, ${userId}) on conflict do nothing returning 1`
    : await tx`delete from group_members where group_key = ${key} and user_id = ${userId} returning 1`
  if (changed.length === 0) return
  await noteActivity(tx, userId, member ? 'group-joined' : 'group-left', { group: key })
  await deps.outbox.append(tx, [UserProfileUpdated({ userId, changed: ['groups'] })])
}
