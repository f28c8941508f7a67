import type { MoneyJson } from '#kit/core/money.ts'
import type { Content } from '../content.ts'
import type { Say, Words } from '../language.ts'
import { orderMail } from '../template.ts'
import { sampleOrderMail } from './sample.ts'
import { greeting, orderButton, orderFactsBlock, orderVariables } from './wording.ts'

const methods: Record<string, Words> = {
  card: { en: 'card', de: 'Karte' },
  upi: { en: 'UPI', de: 'UPI' },
  'net-banking': { en: 'online banking', de: 'Online-Banking' },
  wallet: { en: 'wallet', de: 'Wallet' },
  'cash-on-delivery': { en: 'cash on delivery', de: 'Nachnahme' },
  invoice: { en: 'invoice', de: 'Rechnung' },
  'gift-card': { en: 'gift card', de: 'Gutschein' },
}

interface Payment {
  readonly amount: MoneyJson
  readonly method: string
}
const samplePayment: Payment = { amount: { amount: 7480, currency: 'EUR' }, method: 'card' }

function paymentRows({ amount, method }: Payment, say: Say): [string, string][] {
  const name = methods[method]
  return [
    [say({ en: 'Amount', de: 'Betrag' }), say.money(amount)],
    ...(name ? [[say({ en: 'Paid by', de: 'Zahlungsart' }), say(name)] as [string, string]] : []),
  ]
}

export const paymentReceived = orderMail<Payment>()(
  'payment-received',
  'The money of an order is taken.',
  {},
  (facts, say): Content => ({
    subject: say({ en: 'Payment Received ✅', de: 'Zahlung eingegangen ✅' }),
    preheader: say({
      en: `${say.money(facts.data.amount)} for ${facts.order.number}.`,
      de: `${say.money(facts.data.amount)} für ${facts.order.number}.`,
    }),
    heading: say({ en: 'Thank you, it is paid', de: 'Vielen Dank, bezahlt' }),
    intro: [greeting(facts.name, say), say({ en: 'Your payment has arrived.', de: 'Ihre Zahlung ist eingegangen.' })],
    blocks: [orderFactsBlock(facts, say), { kind: 'facts', rows: paymentRows(facts.data, say) }, orderButton(facts, say)],
    variables: { ...orderVariables(facts, say), amount: say.money(facts.data.amount) },
  }),
  sampleOrderMail(samplePayment),
)

export const paymentFailed = orderMail<Payment>()(
  'payment-failed',
  'A payment was refused or nobody answered in time.',
  {},
  (facts, say): Content => ({
    subject: say({ en: 'Payment Failed', de: 'Zahlung fehlgeschlagen' }),
    preheader: say({ en: 'Nothing was taken from you.', de: 'Es wurde nichts abgebucht.' }),
    heading: say({ en: 'The payment did not go through', de: 'Die Zahlung kam nicht zustande' }),
    intro: [
      greeting(facts.name, say),
      say({
        en: 'Your payment was not accepted, and nothing was taken. You may try again with the same or another way to pay; if the order has been cancelled meanwhile, simply place it once more.',
        de: 'Ihre Zahlung wurde nicht angenommen, und es wurde nichts abgebucht. Sie können es noch einmal versuchen, auch mit einer anderen Zahlungsart; wurde die Bestellung inzwischen storniert, bestellen Sie einfach neu.',
      }),
    ],
    blocks: [orderFactsBlock(facts, say), { kind: 'facts', rows: paymentRows(facts.data, say) }, orderButton(facts, say)],
    variables: { ...orderVariables(facts, say), amount: say.money(facts.data.amount) },
  }),
  sampleOrderMail(samplePayment),
)

export const refundIssued = orderMail<{ refunded: MoneyJson }>()(
  'refund-issued',
  'Money went back to the customer.',
  {},
  (facts, say): Content => ({
    subject: say({
      en: `Your refund of ${say.money(facts.data.refunded)}`,
      de: `Ihre Erstattung über ${say.money(facts.data.refunded)}`,
    }),
    preheader: say({ en: `For ${facts.order.number}.`, de: `Zu ${facts.order.number}.` }),
    heading: say({ en: 'Your money is on its way back', de: 'Ihr Geld ist auf dem Rückweg' }),
    intro: [
      greeting(facts.name, say),
      say({
        en: `We have sent back ${say.money(facts.data.refunded)}, the way you paid. Depending on your bank it takes a few days to show.`,
        de: `wir haben ${say.money(facts.data.refunded)} zurückgezahlt, auf dem Weg, auf dem Sie bezahlt haben. Je nach Bank dauert es einige Tage, bis der Betrag erscheint.`,
      }),
    ],
    blocks: [
      orderFactsBlock(facts, say),
      { kind: 'facts', rows: [[say({ en: 'Refund', de: 'Erstattung' }), say.money(facts.data.refunded)]] },
      orderButton(facts, say),
    ],
    variables: { ...orderVariables(facts, say), refund: say.money(facts.data.refunded) },
  }),
  sampleOrderMail({ refunded: { amount: 2000, currency: 'EUR' } }),
)

export const giftCard = orderMail<{ value: MoneyJson }>()(
  'gift-card',
  'A gift card was issued for an order. Its code is shown on the page of the order, never in a mail.',
  {},
  (facts, say): Content => ({
    subject: say({
      en: `Your gift card worth ${say.money(facts.data.value)}`,
      de: `Ihr Gutschein über ${say.money(facts.data.value)}`,
    }),
    preheader: say({ en: 'Ready to be given away.', de: 'Bereit zum Verschenken.' }),
    heading: say({ en: 'Your gift card is ready', de: 'Ihr Gutschein ist bereit' }),
    intro: [
      greeting(facts.name, say),
      say({
        en: `Your gift card worth ${say.money(facts.data.value)} is ready. Whoever knows its code can spend it, so you find the code on the page of your order instead of in this mail.`,
        de: `Ihr Gutschein über ${say.money(facts.data.value)} ist bereit. Wer den Code kennt, kann ihn einlösen; Sie finden ihn deshalb auf der Seite Ihrer Bestellung und nicht in dieser Mail.`,
      }),
    ],
    blocks: [{ kind: 'button', label: say({ en: 'Show the gift card', de: 'Gutschein anzeigen' }), url: facts.order.url }],
    variables: { ...orderVariables(facts, say), value: say.money(facts.data.value) },
  }),
  sampleOrderMail({ value: { amount: 5000, currency: 'EUR' } }),
)
