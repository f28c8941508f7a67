import type { Tx } from '#kit/db/db.ts'

/** More people than this share locks, so that a transaction holds few of them, whatever the number of its people. */
const STRIPES = 64

/**
 * For whoever writes something down about people: until the transaction ends, nobody of them is forgotten. Who was forgotten before is seen by the
 * statements after this one, so it comes first.
 */
export async function holdPeople(tx: Tx, people: readonly string[]): Promise<void> {
  await tx`
    select pg_advisory_xact_lock_shared(8092, s.stripe)
      from (select distinct abs(hashtext(p::text) % ${STRIPES}) as stripe from unnest(${people as string[]}::uuid[]) p order by 1) s`
}

/** For whoever forgets a person: waits for those who write about them, and lets them write only when the transaction has ended. */
export async function holdAlone(tx: Tx, personId: string): Promise<void> {
  await tx`select pg_advisory_xact_lock(8092, abs(hashtext(${personId}::uuid::text) % ${STRIPES}))`
}
