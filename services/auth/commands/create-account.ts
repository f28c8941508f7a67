import { checkPassword } from './check-password.ts'
import { noteLink } from './request-link.ts'
import type { AuthDeps } from '../deps.ts'
import { requireEmail } from '../email.ts'
import { hashPassword } from '../password-hashing.ts'
import { requireGoodPassword } from '../password-rules.ts'
import { requireRoles } from '../roles.ts'

export interface NewAccount {
  readonly userId: string
  readonly email: string
  /** without one there is no password login until a reset link sets it */
  readonly password?: string | undefined
  readonly role?: string | undefined
  readonly locale?: string | undefined
  readonly fullName?: string | undefined
  readonly ip?: string | undefined
  /** somebody else made sure that the mailbox is theirs */
  readonly emailVerified?: boolean | undefined
}

export type Created = { outcome: 'created' } | { outcome: 'exists-same'; userId: string } | { outcome: 'exists' }

/**
 * Opens an account and asks for the verification mail where it is needed. Uniqueness is the index's decision, so of two registrations at
 * once one is `created`. A taken address costs one hash like a free one, and says `exists-same` only to who knows the
 * password (counted as a login attempt) and only where no second step protects the account.
 */
export async function createAccount(deps: AuthDeps, input: NewAccount): Promise<Created> {
  const email = requireEmail(input.email)
  const roles = requireRoles(input.role === undefined ? [] : [input.role])
  const { password } = input
  if (password !== undefined) requireGoodPassword(password, { email: email.address, fullName: input.fullName })

  const [taken] = await deps.db.sql`select 1 from accounts where email_key = ${email.key}`
  if (!taken) {
    const hash = password === undefined ? null : await deps.strangers.run(() => hashPassword(password))
    const created = await deps.db.tx(async (tx) => {
      const rows = await tx`
        insert into accounts (user_id, email, email_key, password_hash, password_changed_at, roles, locale, email_verified_at)
        values (${input.userId}, ${email.address}, ${email.key}, ${hash}, case when ${hash}::text is null then null else now() end, ${roles}, ${input.locale ?? 'en'},
                case when ${input.emailVerified ?? false} then now() end)
            on conflict do nothing
        returning 1`
      if (rows.length === 0) return false
      if (!input.emailVerified) await noteLink(deps, tx, input.userId, 'verify', input.locale ?? 'en')
      return true
    })
    if (created) return { outcome: 'created' }
  }
  if (password === undefined) return { outcome: 'exists' }
  const account = await checkPassword(deps, { email: email.address, password, ip: input.ip })
  return account && !account.mfa && !account.disabled ? { outcome: 'exists-same', userId: account.userId } : { outcome: 'exists' }
}
