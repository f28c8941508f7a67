import type { PostalAddress } from '#contracts/values.ts'
import { divideRounded } from '#kit/core/money.ts'
import type { OrdersDeps } from '../deps.ts'
import { type DocumentLine, type MoneyDocument, taxesByRate } from './money-document.ts'

export interface InvoiceRow {
  readonly id: string
  readonly kind: MoneyDocument['kind']
  readonly order_id: string
  readonly channel: string
  readonly number: string
  readonly issued_at: Date
}

interface OrderRow {
  number: string
  locale: string
  currency: string
  subtotal: bigint
  discount: bigint
  shipping: bigint
  tax: bigint
  tax_included: boolean
  total: bigint
  gift_card_paid: bigint
  exchange_paid: bigint
  placed_at: Date
  invoice_number: string | null
  shipping_address: PostalAddress | null
  billing_address: PostalAddress | null
  promotions: string[] | null
  items: {
    line_id: string
    sku: string
    title: string
    quantity: number
    unit_price: number
    subtotal: number
    discount: number
    tax: number
    tax_rate_bp: number
  }[]
}

interface ReturnPart {
  kind: 'return' | 'exchange'
  status: string
  goods_value: bigint
  shipping_value: bigint
  fee: bigint
  refund: bigint
  lines: { line_id: string; sku: string; title: string; received: number; amount: number; tax: number }[]
}

/** What an order was before it was changed, as `correctInvoice` kept it. */
type Content = Pick<OrderRow, 'items'> & Record<'subtotal' | 'discount' | 'shipping' | 'tax' | 'total', number>

function asItWas({ items, subtotal, discount, shipping, tax, total }: Content) {
  return {
    items,
    subtotal: BigInt(subtotal),
    discount: BigInt(discount),
    shipping: BigInt(shipping),
    tax: BigInt(tax),
    total: BigInt(total),
  }
}

/** Everything a numbered invoice or credit note says. */
export async function assembleDocument(deps: OrdersDeps, row: InvoiceRow): Promise<MoneyDocument> {
  const { sql } = deps.kit.db
  const [read] = await sql<(OrderRow & { content: Content | null })[]>`
    select o.number, o.locale, o.currency, o.subtotal, o.discount, o.shipping, o.tax, o.tax_included, o.total, o.gift_card_paid, o.placed_at,
      c.shipping as shipping_address, c.billing as billing_address,
      (select v.number from invoices v where v.id = coalesce((select d.corrects from invoices d where d.id = ${row.id}), invoice_of(o.id))) as invoice_number,
      (select d.content from invoices d where d.id = ${row.id}) as content,
      -- what a change of the order cost more was paid like the rest
      (select coalesce(sum(f.amount), 0)::bigint from order_funds f where f.order_id = o.id and f.place between 1 and 999 and o.source = 'exchange') as exchange_paid,
      (select jsonb_agg(coalesce(u.code, u.name) order by u.place) from promotion_uses u where u.order_id = o.id and u.amount > 0) as promotions,
      (select jsonb_agg(to_jsonb(i) order by i.line_no) from order_items i where i.order_id = o.id) as items
    from orders o left join order_contacts c on c.order_id = o.id where o.id = ${row.order_id}`
  if (!read) throw new Error(`document ${row.id} belongs to no order`)
  const order = { ...read, ...(read.content ? asItWas(read.content) : {}) }
  const head = headOf(deps, row, order)
  if (row.kind === 'invoice') return { ...head, ...(await invoiceBody(deps, row.order_id, order)) }
  const part = await readReturnPart(deps, row.id)
  return { ...head, ...(part ? creditNoteBody(part, order) : cancellationBody(order)) }
}

type Head = Pick<
  MoneyDocument,
  | 'kind'
  | 'number'
  | 'issuedAt'
  | 'orderNumber'
  | 'orderedAt'
  | 'invoiceNumber'
  | 'language'
  | 'currency'
  | 'seller'
  | 'billTo'
  | 'shipTo'
>
type Body = Omit<MoneyDocument, keyof Head>

function headOf({ kit }: OrdersDeps, row: InvoiceRow, order: OrderRow): Head {
  const { shopName, shopAddress, shopTaxId } = kit.settings
  const language = order.locale.toLowerCase().startsWith('de') ? 'de' : 'en'
  const countries = new Intl.DisplayNames(language, { type: 'region' })
  // erasure leaves an address of nothing where there was none
  const billing = order.billing_address?.country ? order.billing_address : null
  const lines = (address: PostalAddress | null) => (address ? addressLines(address, countries) : [])
  return {
    kind: row.kind,
    number: row.number,
    issuedAt: row.issued_at,
    orderNumber: order.number,
    orderedAt: order.placed_at,
    invoiceNumber: row.kind === 'credit-note' ? order.invoice_number : null,
    language,
    currency: order.currency,
    seller: {
      name: shopName,
      address: shopAddress
        .split('|')
        .map((line) => line.trim())
        .filter(Boolean),
      taxId: shopTaxId,
    },
    billTo: lines(billing ?? order.shipping_address),
    shipTo: billing && row.kind === 'invoice' ? lines(order.shipping_address) : null,
  }
}

async function invoiceBody(deps: OrdersDeps, orderId: string, order: OrderRow): Promise<Body> {
  const open = order.total - order.gift_card_paid - order.exchange_paid
  const payments: MoneyDocument['payments'][number][] = []
  if (order.gift_card_paid > 0n) payments.push({ by: 'gift-card', amount: order.gift_card_paid })
  if (order.exchange_paid > 0n) payments.push({ by: 'exchange', amount: order.exchange_paid })
  const status = open > 0n ? await deps.payments.status({ orderId }) : undefined
  const taken = status?.outcome === 'captured'
  if (taken) payments.push({ by: status.method, amount: open })
  return { ...orderBody(order), payments, closing: open <= 0n || taken ? 'paid' : 'open' }
}

/** Takes a whole invoice back. */
const cancellationBody = (order: OrderRow): Body => ({ ...orderBody(order), payments: [], closing: 'cancelled' })

function orderBody(order: OrderRow): Omit<Body, 'payments' | 'closing'> {
  const taxed = order.items.map((item) => ({
    basisPoints: item.tax_rate_bp,
    amount: BigInt(item.subtotal) - BigInt(item.discount),
    tax: BigInt(item.tax),
  }))
  return {
    lines: order.items.map(
      (item): DocumentLine => ({
        sku: item.sku,
        title: item.title,
        quantity: item.quantity,
        unitPrice: BigInt(item.unit_price),
        taxBasisPoints: item.tax_rate_bp,
        total: BigInt(item.subtotal),
      }),
    ),
    taxIncluded: order.tax_included,
    subtotal: order.subtotal,
    // one promotion may have lowered the shipping, another the goods: named only where there is no doubt
    discounts:
      order.discount > 0n ? [{ label: order.promotions?.length === 1 ? order.promotions[0]! : '', amount: order.discount }] : [],
    shipping: order.shipping,
    fee: 0n,
    taxes: taxesByRate(taxed, order.shipping, order.tax, order.tax_included, order.currency),
    total: order.total,
  }
}

async function readReturnPart(deps: OrdersDeps, returnId: string): Promise<ReturnPart | undefined> {
  const [part] = await deps.kit.db.sql<ReturnPart[]>`
    select r.kind, r.status, r.goods_value, r.shipping_value, r.fee, r.refund,
      (select jsonb_agg(to_jsonb(l) order by l.line_no) from return_lines l where l.return_id = r.id and l.received > 0) as lines
    from returns r where r.id = ${returnId}`
  return part
}

/** Shares of what was paid have their tax in them, whatever the prices of the order had. */
function creditNoteBody(part: ReturnPart, order: OrderRow): Body {
  const rates = new Map(order.items.map((item) => [item.line_id, item.tax_rate_bp]))
  const taxed = part.lines.map((line) => ({
    basisPoints: rates.get(line.line_id) ?? 0,
    amount: BigInt(line.amount),
    tax: BigInt(line.tax),
  }))
  return {
    lines: part.lines.map(
      (line): DocumentLine => ({
        sku: line.sku,
        title: line.title,
        quantity: line.received,
        unitPrice: divideRounded(BigInt(line.amount), BigInt(line.received)),
        taxBasisPoints: rates.get(line.line_id) ?? 0,
        total: BigInt(line.amount),
      }),
    ),
    taxIncluded: true,
    subtotal: part.goods_value,
    discounts: [],
    shipping: part.shipping_value,
    fee: part.fee,
    taxes: taxesByRate(taxed, part.shipping_value, null, true, order.currency),
    total: part.refund,
    payments: [],
    closing: part.status === 'replaced' ? 'exchanged' : 'credited',
  }
}

/** What was erased is left out; the country stays for the taxes. */
function addressLines(address: PostalAddress, countries: Intl.DisplayNames): string[] {
  const { name, company, line1, line2, postalCode, city, region, country } = address
  const nation = /^[A-Z]{2}$/.test(country) ? countries.of(country) : country
  return [company, name, line1, line2, `${postalCode} ${city}`, region, nation].filter(
    (line): line is string => Boolean(line) && !/^[–\s]*$/.test(line!),
  )
}
