import Type, { type Static } from 'typebox'
import { ChannelKey, Locale, Nullable, Quantity, Sku, Uuid } from '#contracts/values.ts'
import { Currency, MinorUnits, SignedMinorUnits } from '#kit/core/money.ts'
import { closed } from '#kit/messaging/event.ts'
import { method } from '#kit/rpc/rpc.ts'

const Source = Type.String({ pattern: '^[a-z][a-z0-9-]{1,39}$', description: 'the system the history comes from' })
const Reference = Type.String({ minLength: 1, maxLength: 60 })
const At = Type.String({ description: 'historical time' })
const FileLine = Type.Integer({ minimum: 1 })
/** Decimal text, exact: what could not be taken may hold parts of a penny. */
const DecimalText = Type.String({ pattern: '^-?\\d+(\\.\\d+)?$' })

export const ImportRefusal = closed({
  fileLine: FileLine,
  /** recognises the line in any file */
  key: Type.String({ maxLength: 64 }),
  invoice: Nullable(Type.String({ maxLength: 60 })),
  raw: Type.String(),
  reason: Type.String(),
  amount: DecimalText,
  at: Nullable(At),
})
export type ImportRefusal = Static<typeof ImportRefusal>

const SoldItem = closed({
  sku: Sku,
  productId: Uuid,
  variantId: Uuid,
  title: Type.String({ minLength: 1, maxLength: 300 }),
  quantity: Quantity,
  unitPrice: MinorUnits,
})
const ReturnedItem = closed({ sku: Sku, title: Type.String({ maxLength: 300 }), quantity: Quantity, unitPrice: MinorUnits })

/** One invoice of another system, whole: what was sold or came back, what was charged beside it, what was noted, what was refused. */
export const ImportedInvoice = closed({
  reference: Reference,
  fingerprint: Type.String({ maxLength: 64 }),
  at: At,
  customerId: Nullable(Uuid),
  /** lines of each kind, for the report */
  counts: Type.Record(Type.String(), Type.Integer({ minimum: 0 })),
  /** empty: no order */
  items: Type.Array(SoldItem),
  /** carriage of the order; 0 without one */
  shipping: MinorUnits,
  returned: Type.Array(ReturnedItem),
  entries: Type.Array(closed({ kind: Type.String(), amount: SignedMinorUnits, at: At, note: Type.String() })),
  notes: Type.Array(closed({ fileLine: FileLine, sku: Sku, quantity: Type.Integer(), note: Type.String(), at: At })),
  refusals: Type.Array(ImportRefusal),
})
export type ImportedInvoice = Static<typeof ImportedInvoice>

const target = { source: Source, channel: ChannelKey, currency: Currency }

export const RevenueQuestion = closed({
  by: Type.Union([Type.Literal('month'), Type.Literal('day'), Type.Literal('channel')]),
  source: Type.Optional(Source),
  /** what happened since this day (UTC) began; everything where it is left out */
  from: Type.Optional(Type.String({ format: 'date' })),
})

/** Money of one period in one currency, as decimal text. total = revenue + returns + fees + refused; returns are negative. */
export const RevenueRow = closed({
  /** `2010-12`, `2010-12-01`, the channel's key, or `unknown` for refused lines without a date */
  period: Type.String(),
  currency: Currency,
  revenue: Type.String(),
  returns: Type.String(),
  fees: Type.String(),
  refused: Type.String(),
  total: Type.String(),
})
export type RevenueRow = Static<typeof RevenueRow>

/** History of another shop; part of ordersRpc. Every one of these may be repeated and changes nothing the second time. */
export const importMethods = {
  /** Notes which file is read, makes room for its months, and answers what of this source is here already. */
  beginImport: method(
    closed({
      source: Source,
      contentHash: Type.String(),
      file: Type.String(),
      lines: Type.Integer(),
      months: Type.Array(Type.String({ pattern: '^\\d{4}-\\d{2}$' })),
    }),
    closed({ finished: Type.Boolean(), invoices: Type.Array(Type.Tuple([Reference, Type.String()])) }),
  ),
  noteImportProgress: method(
    closed({ source: Source, contentHash: Type.String(), position: Type.Integer(), finished: Type.Boolean() }),
    closed({}),
  ),
  /** Places the orders of invoices through the checkout in historical time, issues credit notes, books the rest: each invoice whole or not at all. */
  importInvoices: method(
    closed({ ...target, locale: Locale, invoices: Type.Array(ImportedInvoice, { maxItems: 500 }) }),
    closed({ outcomes: Type.Array(Type.Union([Type.Literal('imported'), Type.Literal('exists'), Type.Literal('differs')])) }),
  ),
  importRefusals: method(
    closed({ ...target, refusals: Type.Array(ImportRefusal, { maxItems: 1000 }) }),
    closed({ added: Type.Integer() }),
  ),
  /** The end of an imported order's checkout: CONFIRMED → COMPLETED, in historical time. */
  completeImported: method(
    closed({ orderId: Uuid, at: At }),
    closed({ outcome: Type.Union([Type.Literal('completed'), Type.Literal('not-open')]) }),
  ),
  /** Gives the money of imported credit notes back, as far as the payments of their orders hold it. `open`: how many are left. */
  settleImportedCredits: method(
    closed({ source: Source, limit: Type.Integer({ minimum: 1, maximum: 1000 }) }),
    closed({ settled: Type.Integer(), open: Type.Integer() }),
  ),
  /** Imported orders whose checkout has not ended, and those it gave up. */
  openImports: method(closed({ source: Source }), closed({ orders: Type.Integer(), cancelled: Type.Integer() }), { read: true }),
  /** What was earned, by the platform's own books. */
  revenue: method(RevenueQuestion, closed({ rows: Type.Array(RevenueRow), lines: Type.Record(Type.String(), Type.Integer()) }), {
    read: true,
  }),
}
