import type { UsersDeps } from '../deps.ts'
import { UserRegistered } from '#contracts/events/users.ts'
import { uuidv7 } from '#kit/core/ids.ts'

export interface Registration {
  readonly email: string
  readonly password?: string | undefined
  readonly fullName: string
  readonly locale: string
  readonly phone?: string | undefined
  readonly role?: string | undefined
  readonly ip?: string | undefined
  readonly emailVerified?: boolean | undefined
}

export type Registered = { outcome: 'created' | 'exists-same'; userId: string } | { outcome: 'exists' }

/**
 * Opens an account. auth decides whether the address is free; the profile follows. If we stopped in between, the same
 * request again finds the account (`exists-same`) and writes the profile that is missing.
 */
export async function registerUser(deps: UsersDeps, input: Registration): Promise<Registered> {
  const { email, password, fullName, locale, role, ip, emailVerified } = input
  const candidate = uuidv7()
  const account = await deps.auth.createAccount({
    userId: candidate,
    email,
    fullName,
    locale,
    ...(password === undefined ? {} : { password }),
    ...(role === undefined ? {} : { role }),
    ...(ip === undefined ? {} : { ip }),
    ...(emailVerified ? { emailVerified } : {}),
  })
  if (account.outcome === 'exists') return account
  const userId = account.outcome === 'created' ? candidate : account.userId
  await writeProfile(deps, { userId, fullName, locale, phone: input.phone ?? null })
  return { outcome: account.outcome, userId }
}

interface NewProfile {
  readonly userId: string
  readonly fullName: string
  readonly locale: string
  readonly phone: string | null
}

/** Writes the profile of an account and tells of it, once: one that is there stays as it is, and whoever was erased gets none. */
export async function writeProfile(deps: UsersDeps, { userId, fullName, locale, phone }: NewProfile): Promise<void> {
  const events = deps.outbox.encode([UserRegistered({ userId, locale })])
  await deps.db.sql`
    with added as (
      insert into profiles (user_id, full_name, locale, phone)
      select ${userId}::uuid, ${fullName}, ${locale}, ${phone}
       where not exists (select 1 from erasures where user_id = ${userId}::uuid)
          on conflict (user_id) do nothing
      returning user_id
    ), noted as (
      insert into activity (activity_id, user_id, kind) select ${uuidv7()}::uuid, user_id, 'registered' from added
    ), told as (
      select outbox_append(${events}::text::jsonb) as n where exists (select 1 from added)
    )
    select n from told`
}
