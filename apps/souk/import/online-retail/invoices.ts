import { createHash } from 'node:crypto'
import type { ImportedInvoice, ImportRefusal } from '#contracts/rpc/order-imports.ts'
import { amountOf, type ClassifiedLine, classify, monthOf, type Refusal } from './classify.ts'
import { exactText } from './exact.ts'
import { readLines } from './read-lines.ts'
import { partOf, type Survey } from './survey.ts'

/** The lines of one invoice that fall in one month, in the order of the file. */
export interface InvoiceLines {
  readonly reference: string
  readonly lines: readonly ClassifiedLine[]
}

/** What a piece of the file holds: invoices whose last line was read, and refused lines that belong to none. */
export interface Piece {
  readonly invoices: InvoiceLines[]
  readonly loose: Extract<ClassifiedLine, { kind: 'refused' }>[]
  /** lines read so far */
  readonly lines: number
}

/**
 * Reads the file again, invoice by invoice: the survey knows how many lines each has, so one is complete with its last line,
 * wherever that stands. Only open invoices are held in memory.
 */
export async function* readInvoices(path: string, survey: Survey, now: number): AsyncGenerator<Piece> {
  const open = new Map<string, ClassifiedLine[]>()
  let read = 0
  for await (const records of readLines(path)) {
    const piece: { invoices: InvoiceLines[]; loose: Piece['loose'] } = { invoices: [], loose: [] }
    for (const record of records) {
      const line = classify(record, now)
      if (line.invoice === undefined || line.at === undefined) {
        if (line.kind === 'refused') piece.loose.push(line)
        continue
      }
      const part = partOf(line.invoice, line.at)
      const lines = open.get(part) ?? []
      lines.push(line)
      if (lines.length < (survey.parts.get(part) ?? 0)) open.set(part, lines)
      else {
        open.delete(part)
        piece.invoices.push({ reference: referenceOf(line.invoice, line.at, survey), lines })
      }
    }
    read += records.length
    yield { ...piece, lines: read }
  }
}

/** The invoice's number; the parts of later months have the month behind it. */
function referenceOf(invoice: string, at: number, survey: Survey): string {
  const first = survey.firstMonths.get(invoice)
  return first === undefined || first === monthOf(at) ? invoice : partOf(invoice, at)
}

export interface Catalogue {
  readonly users: ReadonlyMap<string, string>
  readonly products: ReadonlyMap<string, { readonly productId: string; readonly variantId: string }>
}

/** Of the lines' own words, in whatever order they stand: the same invoice in another file has the same. */
export function fingerprintOf({ lines }: InvoiceLines): string {
  return createHash('sha1')
    .update(
      lines
        .map(({ text }) => text)
        .sort()
        .join('\n'),
    )
    .digest('hex')
}

/** What orders is told of an invoice. Pure. */
export function importedInvoice(invoice: InvoiceLines, catalogue: Catalogue): ImportedInvoice {
  const customer = invoice.lines.find((line) => line.kind !== 'refused' && line.customer !== '') as
    | { customer: string }
    | undefined
  const lines = invoice.lines.map((line) => refuseStranger(line, customer?.customer ?? ''))
  const sold = lines.filter((line) => line.kind === 'sale')
  const fees = lines.filter((line) => line.kind === 'fee')
  // Carriage is the shipping of the order it came with; alone, or given back, it is an entry like the others.
  const carriage = sold.length === 0 ? [] : fees.filter(({ entry, amount }) => entry === 'carriage' && amount > 0n)
  const entries = fees.filter((line) => !carriage.includes(line))
  const returned = lines.filter((line) => line.kind === 'return')
  const notes = lines.filter((line) => line.kind === 'note')
  const refused = lines.filter((line) => line.kind === 'refused')
  return {
    reference: invoice.reference,
    fingerprint: fingerprintOf(invoice),
    at: iso(Math.min(...lines.map(({ at }) => at as number))),
    customerId: (customer && catalogue.users.get(customer.customer)) ?? null,
    counts: { sale: sold.length, carriage: carriage.length, fee: entries.length, return: returned.length, note: notes.length },
    items: sold.map(({ code, description, quantity, price }) => ({
      sku: code,
      ...(catalogue.products.get(code) as { productId: string; variantId: string }),
      title: description || code,
      quantity,
      unitPrice: Number(price),
    })),
    shipping: Number(carriage.reduce((sum, { amount }) => sum + amount, 0n)),
    returned: returned.map(({ code, description, quantity, price }) => ({
      sku: code,
      title: description || code,
      quantity,
      unitPrice: Number(price),
    })),
    entries: entries.map(({ entry, amount, at, code, description }) => ({
      kind: entry,
      amount: Number(amount),
      at: iso(at),
      note: `${code} ${description}`.trim(),
    })),
    notes: notes.map(({ line, code, quantity, description, at }) => ({
      fileLine: line,
      sku: code,
      quantity,
      note: description,
      at: iso(at),
    })),
    refusals: refusalsOf(refused),
  }
}

/** An invoice has one customer; a line that names another one is a mistake nobody can mend here. */
function refuseStranger(line: ClassifiedLine, customer: string): ClassifiedLine {
  if (line.kind === 'refused' || line.customer === '' || line.customer === customer) return line
  return refusedLine(line, 'other-customer')
}

export function refusedLine(line: ClassifiedLine, reason: Refusal): Extract<ClassifiedLine, { kind: 'refused' }> {
  return { kind: 'refused', reason, line: line.line, text: line.text, invoice: line.invoice, at: line.at, amount: amountOf(line) }
}

/** Refused lines with a key made of their own words; `seen` tells equal lines apart by counting them. */
export function refusalsOf(
  lines: readonly Extract<ClassifiedLine, { kind: 'refused' }>[],
  seen = new Map<string, number>(),
): ImportRefusal[] {
  return lines.map(({ line, text, invoice, at, reason, amount }) => {
    const nth = (seen.get(text) ?? 0) + 1
    seen.set(text, nth)
    return {
      fileLine: line,
      key: createHash('sha256').update(`${nth}\n${text}`).digest('hex'),
      invoice: invoice ?? null,
      raw: text.replaceAll('\u0000', '\ufffd'),
      reason,
      amount: exactText(amount),
      at: at === undefined ? null : iso(at),
    }
  })
}

const iso = (at: number): string => new Date(at).toISOString()
