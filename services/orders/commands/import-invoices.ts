import type { Static } from 'typebox'
import type { ordersRpc } from '#contracts/rpc/orders.ts'
import type { ImportedInvoice, ImportRefusal } from '#contracts/rpc/order-imports.ts'
import { checkout } from '#contracts/processes/checkout.ts'
import type { OrdersDeps } from '../deps.ts'
import { importedPlacement, type ImportTarget } from '../imported-placement.ts'
import { returnableUnits } from '../queries/returnable-units.ts'
import { matchReturns, type ReturnableUnits } from '../return-matching.ts'
import { accountEntryRow } from './book-account-entry.ts'
import { creditNoteRow } from './issue-credit-note.ts'

type Call = typeof ordersRpc.methods.importInvoices
type Outcome = Static<Call['output']>['outcomes'][number]

/**
 * Imports invoices of another shop, each whole or not at all, all of the call in one statement; then the checkouts of their
 * orders run, many at a time. An invoice that is here already is left alone. What a crash interrupts afterwards, the
 * recovery of processes finishes.
 */
export async function importInvoices(deps: OrdersDeps, input: Static<Call['input']>): Promise<Static<Call['output']>> {
  const { invoices, ...target } = input
  if (invoices.length === 0) return { outcomes: [] }
  const placements = invoices.map((invoice) => (invoice.items.length > 0 ? importedPlacement(deps, target, invoice) : undefined))
  const returnable = await returnableUnits(deps.kit.db.sql, target.source, invoices)
  const rows = invoices.map((invoice, index) => {
    const placement = placements[index]
    const orderId = placement?.order.facts.orderId ?? null
    return {
      source: target.source,
      reference: invoice.reference,
      fingerprint: invoice.fingerprint,
      orderId,
      lines: invoice.counts,
      placement: placement?.stored ?? null,
      creditNotes: creditNotesOf(target, invoice, returnable),
      entries: entriesOf(target, invoice, orderId),
      notes: notesOf(target, invoice),
      refusals: invoice.refusals.map((refusal) => refusalRow(target, refusal)),
    }
  })
  const stored = await deps.kit.db.sql<{ outcome: Outcome }[]>`
    select i.outcome from import_invoices(${JSON.stringify(rows)}::text::jsonb) i order by i.n`.catch((error: unknown) => {
    for (const placement of placements) if (placement) deps.kit.processes.forget(checkout, placement.order.facts.orderId)
    throw error
  })
  await Promise.all(
    placements.map(async (placement, index) => {
      if (!placement) return
      const { orderId } = placement.order.facts
      if (stored[index]?.outcome !== 'imported') return deps.kit.processes.forget(checkout, orderId)
      deps.recent.remember(placement.order)
      await deps.kit.processes.advance(checkout, orderId)
    }),
  )
  return { outcomes: stored.map(({ outcome }) => outcome) }
}

/** Lines of files that belong to no invoice, as far as they are not noted already. */
export async function importRefusals(
  deps: OrdersDeps,
  { refusals, ...target }: Omit<ImportTarget, 'locale'> & { refusals: readonly ImportRefusal[] },
): Promise<{ added: number }> {
  const rows = refusals.map((refusal) => refusalRow(target, refusal))
  const [row] = await deps.kit.db.sql<{ added: bigint }[]>`select note_refusals(${JSON.stringify(rows)}::text::jsonb) as added`
  return { added: Number(row?.added ?? 0n) }
}

/** One credit note for each order the goods came from, and one for those nobody remembers buying. */
function creditNotesOf(target: ImportTarget, invoice: ImportedInvoice, returnable: Map<string, ReturnableUnits[]>) {
  const matched = matchReturns(invoice.returned, returnable.get(invoice.customerId ?? '') ?? [], Date.parse(invoice.at))
  return matched.map(({ orderId, lines }, index) => {
    const priced = lines.map((line) => ({ ...line, amount: line.quantity * line.unitPrice }))
    return creditNoteRow({
      orderId,
      returnId: null,
      customerId: invoice.customerId,
      channel: target.channel,
      kind: 'return',
      currency: target.currency,
      amount: priced.reduce((sum, { amount }) => sum + BigInt(amount), 0n),
      settlement: orderId === null ? 'credited' : 'open',
      at: new Date(invoice.at),
      source: target.source,
      sourceRef: index === 0 ? invoice.reference : `${invoice.reference}/${index + 1}`,
      imported: true,
      lines: priced,
    })
  })
}

function entriesOf(target: ImportTarget, invoice: ImportedInvoice, orderId: string | null) {
  return invoice.entries.map((entry, index) =>
    accountEntryRow({
      kind: entry.kind,
      orderId,
      customerId: invoice.customerId,
      channel: target.channel,
      currency: target.currency,
      amount: BigInt(entry.amount),
      at: new Date(entry.at),
      source: target.source,
      sourceRef: `${invoice.reference}/${index + 1}`,
      note: entry.note,
    }),
  )
}

function notesOf({ source, channel }: ImportTarget, invoice: ImportedInvoice) {
  return invoice.notes.map(({ fileLine, sku, quantity, note, at }, index) => ({
    source,
    reference: invoice.reference,
    n: index + 1,
    file_line: fileLine,
    channel,
    sku,
    quantity,
    note,
    at,
  }))
}

function refusalRow({ source, channel, currency }: Omit<ImportTarget, 'locale'>, refusal: ImportRefusal) {
  const { key, fileLine, invoice, raw, reason, amount, at } = refusal
  return { source, key, file_line: fileLine, channel, currency, invoice, raw, reason, raw_amount: amount, at }
}
