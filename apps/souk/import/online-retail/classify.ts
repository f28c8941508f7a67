import { kindOfCode, normalCode, type EntryKind } from './codes.ts'
import { type Exact, parseExact, penceOf, times, ZERO } from './exact.ts'
import type { RawLine } from './read-lines.ts'

/** Why a line was not taken: the reason as a word for programs and a sentence for people. */
export const REFUSALS = {
  'wrong-columns': 'does not have eight columns',
  'unclosed-quote': 'opens a quote and does not close it',
  'broken-quotes': 'has text behind a closing quote',
  'bad-invoice': 'has no invoice number (digits, with C or A in front for returns and adjustments)',
  'bad-code': 'has no usable stock code',
  'bad-date': 'has no date like 2010-12-01 08:26:00, or one that cannot be',
  'bad-quantity': 'has no whole number as quantity',
  'zero-quantity': 'has the quantity 0',
  'absurd-quantity': 'has a quantity beyond a million',
  'bad-price': 'has no number as price',
  'absurd-price': 'has a price beyond a million',
  'sub-penny-price': 'has a price with a part of a penny, which is no money',
  'negative-price': 'has a negative price on an invoice that is no adjustment',
  'negative-quantity': 'takes priced goods back without being a return (C…)',
  'positive-return': 'is a return with a positive quantity',
  'bad-customer': 'has a customer number of more than 40 characters',
  'other-customer': 'names another customer than the rest of its invoice',
  'invoice-differs': 'belongs to an invoice that was imported before with other lines',
} as const
export type Refusal = keyof typeof REFUSALS

/** What every readable line says. */
interface Facts {
  readonly line: number
  readonly text: string
  readonly invoice: string
  /** milliseconds */
  readonly at: number
  readonly customer: string
  readonly country: string
  readonly code: string
  readonly description: string
}

interface Priced extends Facts {
  readonly quantity: number
  /** pence */
  readonly price: bigint
}

export type ClassifiedLine =
  /** goods sold: a line of an order */
  | (Priced & { readonly kind: 'sale' })
  /** goods that came back: a line of a credit note; quantity > 0 here */
  | (Priced & { readonly kind: 'return' })
  /** a charge or credit that is no product; `entry` carriage on a sale becomes the shipping of its order */
  | (Priced & { readonly kind: 'fee'; readonly entry: EntryKind; readonly amount: bigint })
  /** goods written on or off, or given away: no money */
  | (Facts & { readonly kind: 'note'; readonly quantity: number })
  | {
      readonly kind: 'refused'
      readonly reason: Refusal
      readonly line: number
      readonly text: string
      /** where they could be read */
      readonly invoice: string | undefined
      readonly at: number | undefined
      /** quantity × price as far as both are numbers, else 0 */
      readonly amount: Exact
    }

const MOST = 1_000_000
const MOST_PENCE = 100_000_000n
const EARLIEST = Date.UTC(1990, 0, 1)
const DAY = 86_400_000
/** The same letters as in an SKU of the platform: no control characters. */
const CODE = /^[^\s\p{Cc}](?:[^\p{Cc}]{0,62}[^\s\p{Cc}])?$/u

/** Decides what one line is. Pure; `now` in milliseconds: a date behind it is a mistake. The rules stand in docs/import-online-retail.md. */
export function classify({ line, text, fields }: RawLine, now: number): ClassifiedLine {
  if (!Array.isArray(fields)) {
    return {
      kind: 'refused',
      reason: (fields as { problem: Refusal }).problem,
      line,
      text,
      invoice: undefined,
      at: undefined,
      amount: ZERO,
    }
  }
  const [invoiceText, codeText, descriptionText, quantityText, dateText, priceText, customerText, country] =
    fields as string[] as [string, string, string, string, string, string, string, string]
  const invoice = invoiceNumber(invoiceText)
  const at = timeOf(dateText, now)
  const quantity = parseExact(quantityText)
  const price = parseExact(priceText)
  const amount = quantity && price ? times(quantity, price) : ZERO
  const refuse = (reason: Refusal): ClassifiedLine => ({ kind: 'refused', reason, line, text, invoice, at, amount })

  if (invoice === undefined) return refuse('bad-invoice')
  const code = normalCode(codeText)
  if (!CODE.test(code)) return refuse('bad-code')
  if (at === undefined) return refuse('bad-date')
  if (!quantity || quantity.scale > 0) return refuse('bad-quantity')
  if (quantity.units === 0n) return refuse('zero-quantity')
  if (quantity.units > MOST || quantity.units < -MOST) return refuse('absurd-quantity')
  if (!price) return refuse('bad-price')
  const pence = penceOf(price)
  if (pence === undefined) return refuse('sub-penny-price')
  if (pence > MOST_PENCE || pence < -MOST_PENCE) return refuse('absurd-price')
  const customer = customerText.trim().replace(/\.0+$/, '')
  if (customer.length > 40) return refuse('bad-customer')

  const facts: Facts = {
    line,
    text,
    invoice,
    at,
    customer,
    country: country.trim(),
    code,
    description: cleanText(descriptionText),
  }
  const units = Number(quantity.units)
  if (pence === 0n) return { ...facts, kind: 'note', quantity: units }
  const entry = invoice.startsWith('A') ? (kindOfCode(code) ?? 'adjustment') : kindOfCode(code)
  if (entry) return { ...facts, kind: 'fee', entry, quantity: units, price: pence, amount: quantity.units * pence }
  if (pence < 0n) return refuse('negative-price')
  if (invoice.startsWith('C')) {
    return units < 0 ? { ...facts, kind: 'return', quantity: -units, price: pence } : refuse('positive-return')
  }
  return units > 0 ? { ...facts, kind: 'sale', quantity: units, price: pence } : refuse('negative-quantity')
}

/** The exact money of a line, as the file has it: quantity × price. */
export function amountOf(line: ClassifiedLine): Exact {
  switch (line.kind) {
    case 'sale':
      return { units: BigInt(line.quantity) * line.price, scale: 2 }
    case 'return':
      return { units: -BigInt(line.quantity) * line.price, scale: 2 }
    case 'fee':
      return { units: line.amount, scale: 2 }
    case 'note':
      return ZERO
    case 'refused':
      return line.amount
  }
}

function invoiceNumber(text: string): string | undefined {
  const number = text.trim().toUpperCase()
  return /^[CA]?\d{1,18}$/.test(number) ? number : undefined
}

/** The file's clock is taken for UTC, so that a line counts to the month that is written on it. */
function timeOf(text: string, now: number): number | undefined {
  const match = /^(\d{4})-(\d{2})-(\d{2})[ T](\d{2}):(\d{2})(?::(\d{2})(?:\.\d{1,6})?)?$/.exec(text.trim())
  if (!match) return undefined
  const [year, month, day, hour, minute, second] = match.slice(1).map((part) => Number(part ?? 0)) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ]
  const at = Date.UTC(year, month - 1, day, hour, minute, second)
  const date = new Date(at)
  const real = date.getUTCMonth() === month - 1 && date.getUTCDate() === day && hour < 24 && minute < 60 && second < 60
  return real && at >= EARLIEST && at <= now + DAY ? at : undefined
}

function cleanText(text: string): string {
  return text
    .replace(/[\p{Cc}\s]+/gu, ' ')
    .trim()
    .slice(0, 200)
}

/** `2010-12` of a time in milliseconds. */
export function monthOf(at: number): string {
  return new Date(at).toISOString().slice(0, 7)
}
