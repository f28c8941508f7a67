import { uuidv7 } from '#kit/core/ids.ts'
import type { Query } from '#kit/db/db.ts'
import { type DraftBody, DraftContact, DraftContent, type DraftView, decisionsBetween, emptyDraft } from './draft.ts'
import { draftErrors } from './draft-errors.ts'
import type { OrdersDeps } from './deps.ts'

export interface DraftRow {
  id: string
  channel: string
  locale: string
  customer_id: string | null
  content: DraftContent
  contact: Partial<DraftContact>
  created_by: string
  version: bigint
  created_at: Date
  updated_at: Date
  expires_at: Date
  order_id: string | null
}

/** Columns of a DraftRow, from `drafts d`. */
export const draftColumns = (sql: Query) => sql`
  d.id, d.channel, d.locale, d.customer_id, d.content, d.contact, d.created_by, d.version, d.created_at, d.updated_at, d.expires_at,
  order_of_draft(d.id) as order_id`

export function draftView(row: DraftRow): DraftView {
  return {
    id: row.id,
    status: row.order_id === null ? 'open' : 'placed',
    orderId: row.order_id,
    channel: row.channel,
    locale: row.locale,
    customerId: row.customer_id,
    ...emptyDraft,
    ...row.content,
    ...row.contact,
    createdBy: row.created_by,
    createdAt: row.created_at.toISOString(),
    updatedAt: row.updated_at.toISOString(),
    expiresAt: row.expires_at.toISOString(),
    version: Number(row.version),
  }
}

/** Throws draftErrors.draftNotFound. */
export async function getDraft(sql: Query, id: string): Promise<DraftView> {
  const [row] = await sql<DraftRow[]>`select ${draftColumns(sql)} from drafts d where d.id = ${id}`
  if (!row) throw draftErrors.draftNotFound({ draftId: id })
  return draftView(row)
}

export interface NewDraft {
  readonly channel: string
  readonly locale: string
  /** id of the person, or of the API key, that begins it */
  readonly createdBy: string
  /** for its history: `staff:<id>`, `key:<id>` */
  readonly actor: string
  readonly body: DraftBody
}

export async function createDraft(deps: OrdersDeps, tx: Query, wanted: NewDraft): Promise<DraftView> {
  const { channel, locale, createdBy, actor, body } = wanted
  const after = { ...emptyDraft, ...body }
  const id = uuidv7()
  await tx`
    insert into drafts (id, channel, locale, customer_id, content, contact, created_by, expires_at)
    values (${id}, ${channel}, ${body.locale ?? locale}, ${body.customerId ?? null}, ${part(DraftContent, after)}::text::jsonb,
      ${part(DraftContact, after)}::text::jsonb, ${createdBy}, now() + make_interval(days => ${deps.kit.settings.draftDays}))`
  await noteDecisions(tx, id, actor, decisionsBetween(emptyDraft, after))
  return await getDraft(tx, id)
}

/**
 * Changes an open draft; every change gives it its full time again. Throws draftErrors.draftNotFound, draftErrors.draftPlaced,
 * draftErrors.draftConflict.
 */
export async function changeDraft(
  deps: OrdersDeps,
  tx: Query,
  id: string,
  actor: string,
  expectedVersion: number | undefined,
  change: (draft: DraftView) => DraftBody,
): Promise<DraftView> {
  const before = await lockOpenDraft(tx, id)
  if (expectedVersion !== undefined && before.version !== expectedVersion) throw draftErrors.draftConflict({ draftId: id })
  const body = change(before)
  const after = { ...before, ...body }
  await tx`
    update drafts d set locale = ${after.locale}, customer_id = ${after.customerId}, content = ${part(DraftContent, after)}::text::jsonb,
      contact = ${part(DraftContact, after)}::text::jsonb, version = d.version + 1, updated_at = now(),
      expires_at = now() + make_interval(days => ${deps.kit.settings.draftDays})
    where d.id = ${id}`
  await noteDecisions(tx, id, actor, decisionsBetween(before, after))
  return await getDraft(tx, id)
}

/** Throws draftErrors.draftNotFound, draftErrors.draftPlaced. */
export async function deleteDraft(tx: Query, id: string): Promise<void> {
  await lockOpenDraft(tx, id)
  await tx`select delete_drafts(array[${id}::uuid])`
}

async function lockOpenDraft(tx: Query, id: string): Promise<DraftView> {
  await tx`select 1 from drafts d where d.id = ${id} for update`
  const draft = await getDraft(tx, id)
  if (draft.status === 'placed') throw draftErrors.draftPlaced({ draftId: id, orderId: draft.orderId })
  return draft
}

async function noteDecisions(tx: Query, id: string, actor: string, decisions: readonly string[]): Promise<void> {
  if (decisions.length === 0) return
  const rows = decisions.map((note) => ({ id: uuidv7(), note }))
  await tx`
    insert into draft_decisions (draft_id, id, actor, note)
    select ${id}, n.id, ${actor}, n.note from jsonb_to_recordset(${JSON.stringify(rows)}::text::jsonb) as n(id uuid, note text)`
}

/** The properties that belong to one of the two documents, as text. */
function part(schema: { properties: object }, from: object): string {
  return JSON.stringify(Object.fromEntries(Object.entries(from).filter(([name]) => name in schema.properties)))
}
