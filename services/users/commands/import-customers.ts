import type { UsersDeps } from '../deps.ts'
import { uuidv7 } from '#kit/core/ids.ts'

export interface ImportedCustomer {
  /** the system they come from */
  readonly source: string
  /** their number there */
  readonly reference: string
  readonly fullName: string
  /** ISO 3166-1 alpha-2, or empty where it is not known */
  readonly country: string
  /** ISO time of their first trace: becomes the time of their id and profile */
  readonly at: string
}

/**
 * Registers customers of another system in one statement, in the order given. The same (source, reference) always gets the
 * same user id; an erased customer is not brought back. No credentials, no mails, no events: these people have not signed up.
 */
export async function importCustomers(deps: Pick<UsersDeps, 'db'>, customers: readonly ImportedCustomer[]): Promise<string[]> {
  if (customers.length === 0) return []
  const rows = customers.map((customer, n) => ({
    ...customer,
    n,
    country: /^[A-Z]{2}$/.test(customer.country) ? customer.country : null,
    fullName: customer.fullName.trim().slice(0, 200) || `${customer.source} ${customer.reference}`.slice(0, 200),
    candidate: uuidv7(new Date(customer.at)),
  }))
  const ids = await deps.db.sql<{ id: string }[]>`
    with given as (
      select * from jsonb_to_recordset(${JSON.stringify(rows)}::text::jsonb)
        as g(n integer, source text, reference text, "fullName" text, country text, at timestamptz, candidate uuid)
    ), newcomers as (
      select distinct on (g.source, g.reference) g.* from given g
       where not exists (select 1 from imported_customers c where c.source = g.source and c.reference = g.reference)
       order by g.source, g.reference, g.n
    ), mapped as (
      -- do update, so that a row another import has just added comes back too
      insert into imported_customers as c (source, reference, user_id) select source, reference, candidate from newcomers order by source, reference
          on conflict (source, reference) do update set reference = excluded.reference
      returning c.source, c.reference, c.user_id
    ), added as (
      insert into profiles (user_id, full_name, locale, country, created_at, updated_at)
      select n.candidate, n."fullName", 'en', n.country, n.at, n.at
        from newcomers n join mapped m on m.source = n.source and m.reference = n.reference and m.user_id = n.candidate
    )
    select coalesce(m.user_id, c.user_id) as id
      from given g
      left join mapped m on m.source = g.source and m.reference = g.reference
      left join imported_customers c on c.source = g.source and c.reference = g.reference
     order by g.n`
  return ids.map((row) => row.id)
}
