import type { Tx } from '#kit/db/db.ts'
import { holdPeople } from './person-lock.ts'

/** Kept of one person and kind; the oldest go. */
const MOST = 200

export interface Touch {
  readonly productId: string
  /** null: nobody who is remembered */
  readonly personId: string | null
  readonly at: Date
}

/** Notes what people opened or put into carts, unless they do not want it or were erased. They are held from here on (`holdPeople`). */
export async function remember(tx: Tx, kind: 'view' | 'cart', touches: readonly Touch[]): Promise<void> {
  const latest = new Map<string, { person_id: string; product_id: string; at: string }>()
  for (const { personId, productId, at } of touches) {
    if (personId === null) continue
    const key = `${personId} ${productId}`
    const before = latest.get(key)
    if (!before || before.at < at.toISOString())
      latest.set(key, { person_id: personId, product_id: productId, at: at.toISOString() })
  }
  if (latest.size === 0) return
  const people = [...new Set([...latest.values()].map(({ person_id }) => person_id))]
  await holdPeople(tx, people)
  await tx`
    insert into touches as t (person_id, product_id, kind, at)
    select x.person_id, x.product_id, ${kind}, x.at
      from jsonb_to_recordset(${JSON.stringify([...latest.values()])}::text::jsonb) as x(person_id uuid, product_id uuid, at timestamptz)
     where not exists (select 1 from unremembered u where u.person_id = x.person_id)
     order by x.person_id, x.product_id
        on conflict (person_id, kind, product_id) do update set at = greatest(t.at, excluded.at)`
  await tx`
    delete from touches t using unnest(${people}::uuid[]) as person
     where t.person_id = person and t.kind = ${kind}
       and t.at < (select o.at from touches o where o.person_id = person and o.kind = ${kind} order by o.at desc offset ${MOST - 1} limit 1)`
}
