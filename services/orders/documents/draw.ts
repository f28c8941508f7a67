import type { DocumentLine, MoneyDocument } from './money-document.ts'
import { printable, type Wording, wordingOf } from './words.ts'

/** A4 in points; columns of the table from the left edge: title, quantity, unit price, tax rate, amount. */
const LEFT = 56
const RIGHT = 539
const BOTTOM = 770
const COLUMNS = {
  title: { x: LEFT, width: 225 },
  quantity: { x: 285, width: 45 },
  price: { x: 335, width: 75 },
  rate: { x: 415, width: 45 },
  amount: { x: 465, width: 74 },
}
const INK = '#1b1f24'
const SOFT = '#6a737d'
const LINE = '#d0d7de'

type Pdf = PDFKit.PDFDocument

/** The document as PDF, A4, any number of pages. */
export async function drawDocument(doc: MoneyDocument): Promise<Buffer> {
  // Loaded with the first document: it is large, and only the background process draws.
  const { default: PDFDocument } = await import('pdfkit')
  return await new Promise((resolve, reject) => {
    const words = wordingOf(doc)
    const pdf = new PDFDocument({
      size: 'A4',
      margins: { top: 56, left: LEFT, right: 56, bottom: 40 },
      bufferPages: true,
      lang: doc.language,
      info: { Title: `${words[doc.kind]} ${doc.number}`, Author: doc.seller.name, CreationDate: doc.issuedAt },
    })
    const chunks: Buffer[] = []
    pdf.on('data', (chunk: Buffer) => chunks.push(chunk))
    pdf.on('end', () => resolve(Buffer.concat(chunks)))
    pdf.on('error', reject)
    drawHead(pdf, doc, words)
    drawLines(pdf, doc, words)
    drawTotals(pdf, doc, words)
    drawTaxes(pdf, doc, words)
    drawPayment(pdf, doc, words)
    drawFeet(pdf, doc, words)
    pdf.end()
  })
}

interface Style {
  readonly size?: number
  readonly bold?: boolean
  readonly color?: string
  readonly align?: 'left' | 'right'
}

/** One text at a place; returns the y below it. */
function put(
  pdf: Pdf,
  text: string,
  x: number,
  y: number,
  width: number,
  { size = 9, bold = false, color = INK, align = 'left' }: Style = {},
): number {
  pdf
    .font(bold ? 'Helvetica-Bold' : 'Helvetica')
    .fontSize(size)
    .fillColor(color)
  const clean = printable(text)
  const height = pdf.heightOfString(clean, { width })
  pdf.text(clean, x, y, { width, align })
  return y + height
}

function rule(pdf: Pdf, y: number, from = LEFT): void {
  pdf.moveTo(from, y).lineTo(RIGHT, y).lineWidth(0.5).strokeColor(LINE).stroke()
}

function drawHead(pdf: Pdf, doc: MoneyDocument, words: Wording): void {
  put(pdf, doc.seller.name, LEFT, 52, 260, { size: 15, bold: true })
  let y = 72
  for (const line of doc.seller.address) y = put(pdf, line, LEFT, y, 260, { size: 8, color: SOFT })
  if (doc.seller.taxId) y = put(pdf, `${words.taxId} ${doc.seller.taxId}`, LEFT, y, 260, { size: 8, color: SOFT })
  put(pdf, words[doc.kind], 300, 52, RIGHT - 300, { size: 15, bold: true, align: 'right' })
  const facts: [string, string][] = [
    [words.number, doc.number],
    [words.issued, words.date(doc.issuedAt)],
    [words.order, doc.orderNumber],
    [words.orderDate, words.date(doc.orderedAt)],
  ]
  if (doc.invoiceNumber) facts.push([words.toInvoice, doc.invoiceNumber])
  let factsY = 78
  for (const [name, value] of facts) {
    put(pdf, name, 330, factsY, 80, { color: SOFT })
    factsY = put(pdf, value, 410, factsY, RIGHT - 410, { align: 'right' }) + 2
  }
  const top = Math.max(y, factsY, 150) + 22
  const ends = [
    drawAddress(pdf, words.billTo, doc.billTo, LEFT, top),
    doc.shipTo ? drawAddress(pdf, words.shipTo, doc.shipTo, 300, top) : top,
  ]
  pdf.y = Math.max(...ends) + 26
}

function drawAddress(pdf: Pdf, title: string, lines: readonly string[], x: number, top: number): number {
  let y = put(pdf, title, x, top, 230, { size: 8, color: SOFT }) + 3
  for (const line of lines) y = put(pdf, line, x, y, 230, { size: 10 }) + 1
  return y
}

function drawTableHead(pdf: Pdf, words: Wording): void {
  const y = pdf.y
  const { title, quantity, price, rate, amount } = COLUMNS
  const style = { size: 8, color: SOFT }
  put(pdf, words.item, title.x, y, title.width, style)
  put(pdf, words.quantity, quantity.x, y, quantity.width, { ...style, align: 'right' })
  put(pdf, words.unitPrice, price.x, y, price.width, { ...style, align: 'right' })
  put(pdf, words.taxRate, rate.x, y, rate.width, { ...style, align: 'right' })
  put(pdf, words.amount, amount.x, y, amount.width, { ...style, align: 'right' })
  rule(pdf, y + 14)
  pdf.y = y + 21
}

/** Starts a page where `height` does not fit any more. */
function room(pdf: Pdf, height: number): boolean {
  if (pdf.y + height <= BOTTOM) return true
  pdf.addPage()
  pdf.y = 56
  return false
}

function drawLines(pdf: Pdf, doc: MoneyDocument, words: Wording): void {
  drawTableHead(pdf, words)
  for (const line of doc.lines) {
    pdf.font('Helvetica').fontSize(9)
    if (!room(pdf, pdf.heightOfString(printable(line.title), { width: COLUMNS.title.width }) + 20)) drawTableHead(pdf, words)
    drawLine(pdf, line, words)
  }
}

function drawLine(pdf: Pdf, line: DocumentLine, words: Wording): void {
  const y = pdf.y
  const { title, quantity, price, rate, amount } = COLUMNS
  put(pdf, String(line.quantity), quantity.x, y, quantity.width, { align: 'right' })
  put(pdf, words.money(line.unitPrice), price.x, y, price.width, { align: 'right' })
  put(pdf, words.percent(line.taxBasisPoints), rate.x, y, rate.width, { align: 'right' })
  put(pdf, words.money(line.total), amount.x, y, amount.width, { align: 'right' })
  const below = put(pdf, line.sku, title.x, put(pdf, line.title, title.x, y, title.width), title.width, { size: 7, color: SOFT })
  rule(pdf, below + 4)
  pdf.y = below + 10
}

const SUMS = 300

function sumRow(pdf: Pdf, name: string, value: string, style: Style = {}): void {
  const y = pdf.y
  const below = put(pdf, name, SUMS, y, 150, style)
  put(pdf, value, SUMS + 150, y, RIGHT - SUMS - 150, { ...style, align: 'right' })
  pdf.y = below + 4
}

function drawTotals(pdf: Pdf, doc: MoneyDocument, words: Wording): void {
  room(pdf, 110 + doc.discounts.length * 16)
  pdf.y += 6
  sumRow(pdf, words.subtotal, words.money(doc.subtotal))
  for (const { label, amount } of doc.discounts)
    sumRow(pdf, label ? `${words.discount}: ${label}` : words.discount, words.money(-amount))
  if (doc.shipping > 0n || doc.kind === 'invoice') sumRow(pdf, words.shipping, words.money(doc.shipping))
  if (doc.fee > 0n) sumRow(pdf, words.fee, words.money(-doc.fee))
  if (!doc.taxIncluded)
    for (const { basisPoints, tax } of doc.taxes) sumRow(pdf, `${words.addedTax} ${words.percent(basisPoints)}`, words.money(tax))
  rule(pdf, pdf.y + 1, SUMS)
  pdf.y += 8
  sumRow(pdf, doc.kind === 'invoice' ? words.total : words.totalCredit, words.money(doc.total), { size: 12, bold: true })
}

function drawTaxes(pdf: Pdf, doc: MoneyDocument, words: Wording): void {
  room(pdf, 40 + doc.taxes.length * 14)
  pdf.y += 12
  const top = pdf.y
  put(pdf, doc.taxIncluded ? words.includedTax : words.addedTax, SUMS, top, RIGHT - SUMS, { size: 8, color: SOFT })
  let y = top + 14
  for (const { basisPoints, net, tax } of doc.taxes) {
    put(pdf, words.percent(basisPoints), SUMS, y, 50, { size: 8 })
    put(pdf, `${words.net} ${words.money(net)}`, SUMS + 50, y, 100, { size: 8, align: 'right' })
    y = put(pdf, `${words.tax} ${words.money(tax)}`, SUMS + 150, y, RIGHT - SUMS - 150, { size: 8, align: 'right' }) + 3
  }
  pdf.y = y
}

function drawPayment(pdf: Pdf, doc: MoneyDocument, words: Wording): void {
  room(pdf, 40 + doc.payments.length * 14)
  let y = pdf.y + 20
  for (const { by, amount } of doc.payments)
    y = put(pdf, `${words.paidBy}: ${words.way(by)}, ${words.money(amount)}`, LEFT, y, RIGHT - LEFT) + 2
  pdf.y = put(pdf, words[doc.closing], LEFT, y + 2, RIGHT - LEFT, { bold: doc.kind === 'invoice' })
}

/** Page numbers, once it is known how many there are. */
function drawFeet(pdf: Pdf, doc: MoneyDocument, words: Wording): void {
  const { start, count } = pdf.bufferedPageRange()
  for (let page = start; page < start + count; page += 1) {
    pdf.switchToPage(page)
    // text below the margin would start another page
    pdf.page.margins.bottom = 0
    put(pdf, `${doc.seller.name} · ${doc.number}`, LEFT, 800, 300, { size: 7, color: SOFT })
    put(pdf, `${words.page} ${page + 1} ${words.of} ${count}`, RIGHT - 150, 800, 150, { size: 7, color: SOFT, align: 'right' })
  }
}
