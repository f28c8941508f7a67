import { formatMoney } from '#kit/core/money.ts'
import type { MoneyDocument, PaymentWay } from './money-document.ts'

const EN = {
  invoice: 'Invoice',
  'credit-note': 'Credit note',
  number: 'Number',
  issued: 'Date',
  order: 'Order',
  orderDate: 'Ordered on',
  toInvoice: 'For invoice',
  billTo: 'Bill to',
  shipTo: 'Ship to',
  item: 'Item',
  quantity: 'Qty',
  unitPrice: 'Unit price',
  taxRate: 'Tax',
  amount: 'Amount',
  subtotal: 'Subtotal',
  discount: 'Discount',
  shipping: 'Shipping',
  fee: 'Return fee',
  total: 'Total',
  totalCredit: 'Credited',
  cancelled: 'The order was cancelled. What was paid for it goes back the way it was paid.',
  net: 'Net',
  tax: 'Tax',
  includedTax: 'Tax contained in the total',
  addedTax: 'Tax',
  paidBy: 'Paid by',
  paid: 'Paid in full. Thank you for your order.',
  open: 'Still to be paid.',
  credited: 'The amount goes back the way it was paid.',
  exchanged: 'The amount pays for the goods you chose instead; what is left over goes back the way it was paid.',
  taxId: 'Tax ID',
  page: 'Page',
  of: 'of',
}
const DE: typeof EN = {
  invoice: 'Rechnung',
  'credit-note': 'Gutschrift',
  number: 'Nummer',
  issued: 'Datum',
  order: 'Bestellung',
  orderDate: 'Bestellt am',
  toInvoice: 'Zur Rechnung',
  billTo: 'Rechnungsadresse',
  shipTo: 'Lieferadresse',
  item: 'Artikel',
  quantity: 'Menge',
  unitPrice: 'Einzelpreis',
  taxRate: 'USt.',
  amount: 'Betrag',
  subtotal: 'Zwischensumme',
  discount: 'Rabatt',
  shipping: 'Versand',
  fee: 'Rücksendegebühr',
  total: 'Gesamtbetrag',
  totalCredit: 'Gutgeschrieben',
  cancelled: 'Die Bestellung wurde storniert. Was dafür bezahlt wurde, geht auf demselben Weg zurück.',
  net: 'Netto',
  tax: 'Steuer',
  includedTax: 'Im Gesamtbetrag enthaltene Umsatzsteuer',
  addedTax: 'Umsatzsteuer',
  paidBy: 'Bezahlt mit',
  paid: 'Vollständig bezahlt. Vielen Dank für Ihre Bestellung.',
  open: 'Noch zu bezahlen.',
  credited: 'Der Betrag geht auf dem Weg zurück, auf dem er bezahlt wurde.',
  exchanged:
    'Mit dem Betrag wird die Ware bezahlt, die Sie stattdessen gewählt haben; ein Rest geht auf dem Weg zurück, auf dem er bezahlt wurde.',
  taxId: 'USt-IdNr.',
  page: 'Seite',
  of: 'von',
}

const WAYS: Record<MoneyDocument['language'], Record<PaymentWay, string>> = {
  en: {
    'gift-card': 'gift card',
    exchange: 'returned goods',
    card: 'card',
    upi: 'UPI',
    'net-banking': 'net banking',
    wallet: 'wallet',
    'cash-on-delivery': 'cash on delivery',
    invoice: 'bank transfer',
    other: 'payment',
  },
  de: {
    'gift-card': 'Geschenkkarte',
    exchange: 'zurückgegebene Ware',
    card: 'Karte',
    upi: 'UPI',
    'net-banking': 'Online-Banking',
    wallet: 'Wallet',
    'cash-on-delivery': 'Nachnahme',
    invoice: 'Überweisung',
    other: 'Zahlung',
  },
}

export type Wording = ReturnType<typeof wordingOf>

/** The words, amounts and dates of a document in its language. */
export function wordingOf({ language, currency }: Pick<MoneyDocument, 'language' | 'currency'>) {
  const locale = language === 'de' ? 'de-DE' : 'en-GB'
  const date = new Intl.DateTimeFormat(locale, { dateStyle: 'long', timeZone: 'UTC' })
  const percent = new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: 2 })
  return {
    ...(language === 'de' ? DE : EN),
    way: (way: PaymentWay) => WAYS[language][way],
    money: (amount: bigint) => formatMoney({ amount, currency }, locale),
    date: (at: Date) => date.format(at),
    percent: (basisPoints: number) => percent.format(basisPoints / 10_000),
  }
}

/** Letters that have no base letter to fall back to. */
const PLAIN: Record<string, string> = {
  Ł: 'L',
  ł: 'l',
  Đ: 'D',
  đ: 'd',
  ı: 'i',
  ẞ: 'SS',
  Ħ: 'H',
  ħ: 'h',
  '\u202f': '\u00a0',
  '−': '-',
}
/** What the built-in fonts know besides Latin-1. */
const WINDOWS = '€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ'

/** The built-in fonts know western letters; accents of others are dropped, what is left becomes a question mark. */
export function printable(text: string): string {
  return text.normalize('NFC').replace(/[^\u0020-\u007e\u00a0-\u00ff]/gu, (letter) => {
    if (WINDOWS.includes(letter)) return letter
    const plain = PLAIN[letter] ?? letter.normalize('NFD').replace(/\p{M}/gu, '')
    return /^[\u0020-\u007e\u00a0-\u00ff]+$/.test(plain) ? plain : '?'
  })
}
