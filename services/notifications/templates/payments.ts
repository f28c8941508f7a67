import type { MoneyJson } from '#kit/core/money.ts'
import type { Content } from '../content.ts'
import type { Say, Words } from '../language.ts'
import { links } from '../links.ts'
import { giftCardMail, orderMail } from '../template.ts'
import { sampleOrderMail, sampleShop } from './sample.ts'
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

export const giftCard = giftCardMail(
  'gift-card',
  'A gift card was issued. The only mail with something worth money in it.',
  {},
  ({ shop, code, value, expiresAt }, say): Content => ({
    subject: say({ en: `Your gift card worth ${say.money(value)}`, de: `Ihr Gutschein über ${say.money(value)}` }),
    preheader: say({ en: 'To spend, or to give away.', de: 'Zum Einlösen oder Verschenken.' }),
    heading: say({ en: `${say.money(value)} for ${shop.name}`, de: `${say.money(value)} für ${shop.name}` }),
    intro: [
      say({
        en: `Here is your gift card for ${shop.name}. Enter the code in the basket when you order; what is left over stays on the card.`,
        de: `Hier ist Ihr Gutschein für ${shop.name}. Geben Sie den Code beim Bestellen im Warenkorb ein; was übrig bleibt, behält der Gutschein.`,
      }),
    ],
    blocks: [
      { kind: 'code', text: code },
      ...(expiresAt
        ? [{ kind: 'facts' as const, rows: [[say({ en: 'Valid until', de: 'Gültig bis' }), say.date(expiresAt)] as const] }]
        : []),
      {
        kind: 'button',
        label: say({ en: 'Look for something nice', de: 'Etwas Schönes aussuchen' }),
        url: links.home(shop, say),
      },
      {
        kind: 'hint',
        text: say({
          en: 'Whoever knows the code can spend it: keep it like money.',
          de: 'Wer den Code kennt, kann ihn einlösen: Bewahren Sie ihn auf wie Bargeld.',
        }),
      },
    ],
    variables: { shop: shop.name, value: say.money(value) },
  }),
  {
    shop: sampleShop,
    code: 'GIFT-7K2M-9QX4-TZ3W',
    value: { amount: 5000, currency: 'EUR' },
    expiresAt: new Date('2029-12-31T12:00:00Z'),
  },
)
