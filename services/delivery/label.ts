import type { PostalAddress, StockLine } from '#contracts/values.ts'
import { asWritten } from './address-formats.ts'

export interface LabelContent {
  readonly shipmentId: string
  readonly direction: 'out' | 'return'
  readonly carrier: string
  readonly trackingNumber: string
  /** the customer's address: where it goes, or where a return comes from */
  readonly address: PostalAddress
  readonly lines: readonly StockLine[]
  readonly at: Date
}

/** A parcel label as PDF (A6). Text outside Latin-1 is written as far as the built-in font can. */
export async function drawLabel(label: LabelContent): Promise<Buffer> {
  // Loaded with the first label: it is large, and most processes never draw one.
  const { default: PDFDocument } = await import('pdfkit')
  return await new Promise((resolve, reject) => {
    const pdf = new PDFDocument({
      size: 'A6',
      margin: 24,
      info: { Title: `Label ${label.trackingNumber}`, CreationDate: label.at },
    })
    const chunks: Buffer[] = []
    pdf.on('data', (chunk: Buffer) => chunks.push(chunk))
    pdf.on('end', () => resolve(Buffer.concat(chunks)))
    pdf.on('error', reject)
    pdf.font('Helvetica-Bold').fontSize(16).text(label.carrier, { continued: true }).font('Helvetica').fontSize(10)
    pdf.text(label.direction === 'return' ? '   RETURN' : '', { align: 'right' }).moveDown()
    pdf.fontSize(9).text(label.direction === 'return' ? 'From' : 'To')
    pdf.fontSize(12)
    for (const line of addressLines(label.address)) pdf.text(printable(line))
    pdf.moveDown().font('Courier-Bold').fontSize(14).text(label.trackingNumber, { align: 'center' })
    drawBars(pdf, label.trackingNumber)
    pdf.moveDown(4).font('Helvetica').fontSize(7)
    for (const line of label.lines.slice(0, 12)) pdf.text(printable(`${line.quantity} × ${line.sku}`))
    if (label.lines.length > 12) pdf.text(`and ${label.lines.length - 12} more`)
    pdf.text(`Shipment ${label.shipmentId}`, 24, pdf.page.height - 36)
    pdf.end()
  })
}

export function addressLines(address: PostalAddress): string[] {
  const { name, company, line1, line2, postalCode, city, region, country } = asWritten(address)
  return [name, company, line1, line2, `${postalCode} ${city}`, region, country].filter((line): line is string => Boolean(line))
}

/** The built-in fonts know Latin-1; accents of other letters are dropped, what is left becomes a question mark. */
function printable(text: string): string {
  return text.normalize('NFC').replace(/[^\u0020-\u00ff]/g, (letter) => {
    const plain = letter.normalize('NFD').replace(/\p{M}/gu, '')
    return /^[\u0020-\u00ff]+$/.test(plain) ? plain : '?'
  })
}

/** Code 39: readable by every scanner, and drawn from a table of nine elements a character. */
function drawBars(pdf: PDFKit.PDFDocument, text: string): void {
  const width = pdf.page.width - 48
  const pattern = [...`*${text}*`].flatMap((letter) => [...(CODE39[letter] ?? ''), 'gap'])
  const units = pattern.reduce((sum, element) => sum + (element === 'w' || element === 'W' ? 3 : 1), 0)
  let x = 24
  for (const element of pattern) {
    const wide = element === 'w' || element === 'W'
    const size = ((wide ? 3 : 1) * width) / units
    if (element === 'b' || element === 'W') pdf.rect(x, pdf.y + 4, size, 34).fill('black')
    x += size
  }
}

/** b narrow bar, W wide bar, s narrow space, w wide space. */
const CODE39: Record<string, string> = Object.fromEntries(
  '0:bsbwWsWsb 1:WsbwbsbsW 2:bsWwbsbsW 3:WsWwbsbsb 4:bsbwWsbsW 5:WsbwWsbsb 6:bsWwWsbsb 7:bsbwbsWsW 8:WsbwbsWsb 9:bsWwbsWsb A:WsbsbwbsW B:bsWsbwbsW C:WsWsbwbsb D:bsbsWwbsW E:WsbsWwbsb F:bsWsWwbsb G:bsbsbwWsW H:WsbsbwWsb I:bsWsbwWsb J:bsbsWwWsb K:WsbsbsbwW L:bsWsbsbwW M:WsWsbsbwb N:bsbsWsbwW O:WsbsWsbwb P:bsWsWsbwb Q:bsbsbsWwW R:WsbsbsWwb S:bsWsbsWwb T:bsbsWsWwb U:WwbsbsbsW V:bwWsbsbsW W:WwWsbsbsb X:bwbsWsbsW Y:WwbsWsbsb Z:bwWsWsbsb *:bwbsWsWsb'
    .split(' ')
    .map((entry) => [entry[0], entry.slice(2)]),
)
