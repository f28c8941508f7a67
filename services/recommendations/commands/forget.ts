import type { Tx } from '#kit/db/db.ts'
import { holdAlone } from '../person-lock.ts'

/** Forgets what a person looked at, put into carts and took part in. What customers ordered stays: it belongs to the orders. */
export async function forget(tx: Tx, personId: string): Promise<void> {
  await holdAlone(tx, personId)
  await tx`delete from touches t where t.person_id = ${personId}`
  await tx`delete from exposures x where x.subject_id = ${personId}`
  await tx`delete from cart_items c where c.customer_id = ${personId}`
  await tx`update clicks c set person_id = null where c.person_id = ${personId}`
}

/** Whether a person may be remembered. A no also forgets what is remembered. */
export async function setRemembered(tx: Tx, personId: string, remembered: boolean): Promise<void> {
  await holdAlone(tx, personId)
  if (remembered) await tx`delete from opted_out o where o.person_id = ${personId}`
  else {
    await tx`insert into opted_out (person_id) values (${personId}) on conflict (person_id) do nothing`
    await forget(tx, personId)
  }
}
