import { basename } from 'node:path'
import type { ordersRpc } from '#contracts/rpc/orders.ts'
import type { ImportedInvoice } from '#contracts/rpc/order-imports.ts'
import type { productsRpc } from '#contracts/rpc/products.ts'
import type { usersRpc } from '#contracts/rpc/users.ts'
import { isTransient } from '#kit/core/errors.ts'
import type { RpcClient } from '#kit/rpc/rpc.ts'
import { CommandError } from '../../command.ts'
import { countryCode } from './countries.ts'
import {
  type Catalogue,
  fingerprintOf,
  importedInvoice,
  type InvoiceLines,
  readInvoices,
  refusalsOf,
  refusedLine,
} from './invoices.ts'
import type { Survey } from './survey.ts'

export const SOURCE = 'online-retail'
const CHANNEL = {
  key: 'online-retail',
  name: 'Online Retail (imported)',
  currency: 'GBP',
  locale: 'en',
  country: 'GB',
  pricesIncludeTax: true,
}
const target = { source: SOURCE, channel: CHANNEL.key, currency: CHANNEL.currency }

/** Invoices that are read ahead: sales of a piece run at the same time, then the returns that may refer to them. */
const INVOICES_AHEAD = 512
const BATCH = 32
const BATCHES_AT_ONCE = 3

export interface Services {
  readonly users: RpcClient<typeof usersRpc>
  readonly products: RpcClient<typeof productsRpc>
  readonly orders: RpcClient<typeof ordersRpc>
}

export interface Imported {
  /** invoices that were new */
  readonly invoices: number
  /** invoices that were here before */
  readonly existing: number
  /** invoices whose number was here with other lines; their lines are refused */
  readonly differing: { readonly reference: string; readonly firstLine: number; readonly lines: number }[]
}

export interface ImportOptions {
  readonly path: string
  readonly survey: Survey
  readonly services: Services
  readonly now: number
  readonly signal: AbortSignal
  onProgress(lines: number): void
}

/**
 * Brings a surveyed file into the platform through its services. What is there already stays as it is, so it may be run
 * again at any time, after a crash too.
 */
export async function importFile(options: ImportOptions): Promise<Imported> {
  const { path, survey, services, now, signal } = options
  const { orders } = services
  const run = { source: SOURCE, contentHash: survey.contentHash }
  const months = [...survey.months.keys()].filter((month) => month !== '')
  const begun = await orders.beginImport({ ...run, file: basename(path), lines: survey.lines, months })
  if (begun.finished) return { invoices: 0, existing: survey.parts.size, differing: [] }
  const catalogue = await importCatalogue(survey, services, signal)
  const known = new Map(begun.invoices)
  const result = { invoices: 0, existing: 0, differing: [] as Imported['differing'][number][] }
  const looseSeen = new Map<string, number>()
  let waiting: InvoiceLines[] = []
  let done = 0

  async function work(): Promise<void> {
    const invoices = waiting
    waiting = []
    const fresh = invoices.filter((invoice) => {
      const fingerprint = known.get(invoice.reference)
      if (fingerprint === undefined) return true
      if (fingerprint === fingerprintOf(invoice)) result.existing += 1
      else note(invoice)
      return false
    })
    done += invoices.reduce((sum, { lines }) => sum + lines.length, 0) - fresh.reduce((sum, { lines }) => sum + lines.length, 0)
    const documents = fresh.map((invoice) => importedInvoice(invoice, catalogue))
    await send(
      documents.filter(({ returned }) => returned.length === 0),
      BATCHES_AT_ONCE,
    )
    // One batch after another: two returns must not claim the same goods.
    await send(
      documents.filter(({ returned }) => returned.length > 0),
      1,
    )
    const strangers = differing.splice(0)
    if (strangers.length > 0)
      await refuse(strangers.flatMap((invoice) => refusalsOf(invoice.lines.map((line) => refusedLine(line, 'invoice-differs')))))
    await orders.noteImportProgress({ ...run, position: done, finished: false })
  }

  const differing: InvoiceLines[] = []
  function note(invoice: InvoiceLines): void {
    differing.push(invoice)
    result.differing.push({ reference: invoice.reference, firstLine: invoice.lines[0]?.line ?? 0, lines: invoice.lines.length })
  }

  async function send(documents: readonly ImportedInvoice[], atOnce: number): Promise<void> {
    const batches = Array.from({ length: Math.ceil(documents.length / BATCH) }, (_, index) =>
      documents.slice(index * BATCH, (index + 1) * BATCH),
    )
    await Promise.all(
      Array.from({ length: atOnce }, async () => {
        for (let batch = batches.shift(); batch; batch = batches.shift()) {
          signal.throwIfAborted()
          const { outcomes } = await orders.importInvoices({ ...target, locale: CHANNEL.locale, invoices: batch })
          result.invoices += outcomes.filter((outcome) => outcome === 'imported').length
          result.existing += outcomes.filter((outcome) => outcome !== 'imported').length
          done += batch.reduce(
            (sum, { counts, refusals }) => sum + refusals.length + Object.values(counts).reduce((a, b) => a + b, 0),
            0,
          )
          options.onProgress(done)
        }
      }),
    )
  }

  async function refuse(refusals: ReturnType<typeof refusalsOf>): Promise<void> {
    for (let from = 0; from < refusals.length; from += 1000)
      await orders.importRefusals({ ...target, refusals: refusals.slice(from, from + 1000) })
  }

  for await (const piece of readInvoices(path, survey, now)) {
    if (piece.loose.length > 0) await refuse(refusalsOf(piece.loose, looseSeen))
    done += piece.loose.length
    waiting.push(...piece.invoices)
    if (waiting.length >= INVOICES_AHEAD) await work()
  }
  await work()
  return result
}

/** Marks the file as done, once everything that follows from it is settled. */
export async function finishImport({ orders }: Services, survey: Survey): Promise<void> {
  await orders.noteImportProgress({ source: SOURCE, contentHash: survey.contentHash, position: survey.lines, finished: true })
}

/** Channel, customers, products and prices, before the first invoice needs them. */
async function importCatalogue(survey: Survey, { users, products }: Services, signal: AbortSignal): Promise<Catalogue> {
  const { outcome } = await products.ensureChannel(CHANNEL)
  if (outcome === 'differs')
    throw new CommandError(`The channel ${CHANNEL.key} does not sell in ${CHANNEL.currency}.`, {
      mend: 'Give that channel another key first.',
    })
  const userIds = new Map<string, string>()
  for (const chunk of chunks(survey.customers, 1000)) {
    signal.throwIfAborted()
    const customers = chunk.map(({ reference, country, at }) => ({
      source: SOURCE,
      reference,
      fullName: `Customer ${reference}`,
      country: countryCode(country),
      at: iso(at),
    }))
    const answer = await despiteOthers(() => users.importCustomers({ customers }))
    for (const [index, { reference }] of chunk.entries()) userIds.set(reference, answer.userIds[index] as string)
  }
  const productIds = new Map<string, { productId: string; variantId: string }>()
  for (const chunk of chunks(survey.products, 500)) {
    signal.throwIfAborted()
    const answer = await despiteOthers(() =>
      products.importProducts({
        channel: CHANNEL.key,
        source: SOURCE,
        products: chunk.map(({ sku, title, at }) => ({ sku, title, at: iso(at) })),
      }),
    )
    for (const { sku, productId, variantId } of answer.products) productIds.set(sku, { productId, variantId })
  }
  for (const chunk of chunks(survey.prices, 1000)) {
    signal.throwIfAborted()
    await despiteOthers(() =>
      products.importPrices({
        channel: CHANNEL.key,
        prices: chunk.map(({ sku, amount, at }) => ({ sku, amount: Number(amount), at: iso(at) })),
      }),
    )
  }
  return { users: userIds, products: productIds }
}

/** The shop's own jobs change the catalogue too; whoever loses a crossing asks again. All these calls may be repeated. */
async function despiteOthers<T>(call: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await call()
    } catch (error) {
      if (tries === 5 || !isTransient(error)) throw error
    }
  }
}

function* chunks<T>(items: readonly T[], size: number): Generator<readonly T[]> {
  for (let from = 0; from < items.length; from += size) yield items.slice(from, from + size)
}

const iso = (at: number): string => new Date(at).toISOString()
