import type { Static } from 'typebox'
import type { customersExport } from '#contracts/rpc/exports.ts'
import type { UsersDeps } from '../deps.ts'

type Input = Static<typeof customersExport.input>
type Output = Static<typeof customersExport.output>
type Row = Omit<Output['rows'][number], 'email' | 'createdAt'> & { createdAt: Date }

const NOBODY = '00000000-0000-0000-0000-000000000000'
/** Most accounts that auth looks up at once. */
const AT_ONCE = 500

/** Every profile by id, with the e-mail address of its account where it has one. */
export async function exportCustomers({ db, auth }: Pick<UsersDeps, 'db' | 'auth'>, { after, limit }: Input): Promise<Output> {
  const rows = await db.sql<Row[]>`
    select p.user_id as "userId", p.full_name as "fullName", p.locale, p.phone, p.marketing_consent as "marketingConsent", p.created_at as "createdAt",
           coalesce(p.country, (select a.country from addresses a where a.user_id = p.user_id
                                 order by a.default_shipping desc, a.created_at limit 1)) as country
      from profiles p where p.user_id > ${after ?? NOBODY} order by p.user_id limit ${limit}`
  const emails = new Map<string, string>()
  for (let from = 0; from < rows.length; from += AT_ONCE) {
    const { accounts } = await auth.accounts({ userIds: rows.slice(from, from + AT_ONCE).map(({ userId }) => userId) })
    for (const { userId, email } of accounts) emails.set(userId, email)
  }
  return {
    rows: rows.map((row) => ({ ...row, email: emails.get(row.userId) ?? null, createdAt: row.createdAt.toISOString() })),
    next: rows.length === limit ? rows.at(-1)!.userId : null,
  }
}
