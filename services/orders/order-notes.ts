import Type, { type Static } from 'typebox'
import { Timestamp, Uuid } from '#contracts/values.ts'
import { uuidv7 } from '#kit/core/ids.ts'
import type { Query } from '#kit/db/db.ts'
import { closed } from '#kit/messaging/event.ts'

/** What staff writes about an order for other staff, and why somebody cancelled it. */
export const OrderNote = closed({ id: Uuid, author: Type.String(), text: Type.String(), at: Timestamp })
export type OrderNote = Static<typeof OrderNote>

export const NoteText = Type.String({ minLength: 1, maxLength: 2000 })

export async function writeNote(sql: Query, orderId: string, author: string, text: string): Promise<OrderNote> {
  const [note] = await sql<{ id: string; at: Date }[]>`
    insert into order_notes (order_id, id, author, text) values (${orderId}, ${uuidv7()}, ${author}, ${text}) returning order_notes.id, order_notes.at`
  return { id: note!.id, author, text, at: note!.at.toISOString() }
}

/** Oldest first. */
export async function notesOf(sql: Query, orderId: string): Promise<OrderNote[]> {
  const rows = await sql<{ id: string; author: string; text: string; at: Date }[]>`
    select n.id, n.author, n.text, n.at from order_notes n where n.order_id = ${orderId} order by n.id limit 500`
  return rows.map((row) => ({ ...row, at: row.at.toISOString() }))
}
