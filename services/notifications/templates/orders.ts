import type { Block, Content } from '../content.ts'
import type { Say, Words } from '../language.ts'
import { orderMail, type OrderMailFacts } from '../template.ts'
import { sampleOrderMail } from './sample.ts'
import {
  greeting,
  orderAddressBlocks,
  orderButton,
  orderFactsBlock,
  orderLinesBlock,
  orderProgress,
  orderVariables,
} from './wording.ts'

interface Parts {
  readonly subject: Words
  readonly preheader: Words
  readonly heading: Words
  readonly intro: Words
  readonly blocks: readonly Block[]
}

function orderContent(facts: OrderMailFacts, say: Say, parts: Parts): Content {
  return {
    subject: say(parts.subject),
    preheader: say(parts.preheader),
    heading: say(parts.heading),
    intro: [greeting(facts.name, say), say(parts.intro)],
    blocks: parts.blocks,
    variables: orderVariables(facts, say),
  }
}

export const orderPlaced = orderMail<object>()(
  'order-placed',
  'An order came in.',
  { byHand: true },
  (facts, say) =>
    orderContent(facts, say, {
      subject: { en: `Order Placed — ${facts.order.number}`, de: `Bestellung eingegangen — ${facts.order.number}` },
      preheader: {
        en: `We have your order of ${say.money(facts.order.total)}.`,
        de: `Ihre Bestellung über ${say.money(facts.order.total)} ist da.`,
      },
      heading: { en: 'Thank you for your order', de: 'Vielen Dank für Ihre Bestellung' },
      intro: facts.order.awaitsPayment
        ? {
            en: 'Your order has arrived, and the goods are held for you. It still has to be paid: please do so on the page of your order, or it is cancelled after a while.',
            de: 'Ihre Bestellung ist bei uns eingegangen, die Ware liegt für Sie bereit. Sie ist noch nicht bezahlt: Bitte holen Sie das auf der Seite Ihrer Bestellung nach, sonst wird sie nach einiger Zeit storniert.',
          }
        : {
            en: 'Your order has arrived. We tell you as soon as it is confirmed.',
            de: 'Ihre Bestellung ist bei uns eingegangen. Sobald sie bestätigt ist, schreiben wir Ihnen.',
          },
      blocks: [
        orderProgress(1, say),
        orderFactsBlock(facts, say),
        orderLinesBlock(facts, say),
        ...orderAddressBlocks(facts, say),
        orderButton(facts, say),
      ],
    }),
  sampleOrderMail({}),
)

export const orderConfirmed = orderMail<object>()(
  'order-confirmed',
  'Stock and money of an order are settled.',
  { byHand: true },
  (facts, say) =>
    orderContent(facts, say, {
      subject: { en: 'Order Confirmed', de: 'Bestellung bestätigt' },
      preheader: { en: `${facts.order.number} is on its way into the parcel.`, de: `${facts.order.number} wird jetzt gepackt.` },
      heading: { en: 'Everything is settled', de: 'Alles ist geklärt' },
      intro: {
        en: 'Your order is confirmed, and we are packing it. You get another mail when it leaves.',
        de: 'Ihre Bestellung ist bestätigt und wird gepackt. Wenn sie das Haus verlässt, schreiben wir Ihnen.',
      },
      blocks: [
        orderProgress(2, say),
        orderFactsBlock(facts, say),
        orderLinesBlock(facts, say),
        ...orderAddressBlocks(facts, say),
        orderButton(facts, say),
      ],
    }),
  sampleOrderMail({}),
)

export const orderShipped = orderMail<object>()(
  'order-shipped',
  'The last parcel of an order left.',
  { byHand: true },
  (facts, say) =>
    orderContent(facts, say, {
      subject: { en: 'Order Shipped 🚚', de: 'Bestellung verschickt 🚚' },
      preheader: { en: `${facts.order.number} is on its way to you.`, de: `${facts.order.number} ist unterwegs zu Ihnen.` },
      heading: { en: 'It is on its way', de: 'Ihr Paket ist unterwegs' },
      intro: {
        en: 'Everything you ordered has left our warehouse. You can follow the parcel on the page of your order.',
        de: 'alles, was Sie bestellt haben, hat unser Lager verlassen. Auf der Seite Ihrer Bestellung können Sie das Paket verfolgen.',
      },
      blocks: [orderProgress(3, say), orderFactsBlock(facts, say), ...orderAddressBlocks(facts, say), orderButton(facts, say)],
    }),
  sampleOrderMail({}),
)

export const orderDelivered = orderMail<object>()(
  'order-delivered',
  'Everything arrived.',
  { byHand: true },
  (facts, say) =>
    orderContent(facts, say, {
      subject: { en: 'Delivered 📦', de: 'Zugestellt 📦' },
      preheader: { en: `${facts.order.number} has arrived.`, de: `${facts.order.number} ist angekommen.` },
      heading: { en: 'It is there', de: 'Es ist da' },
      intro: {
        en: 'Your order has arrived. We hope you like it. If something is not right, you can send it back from the page of your order.',
        de: 'Ihre Bestellung ist angekommen. Wir hoffen, sie gefällt Ihnen. Wenn etwas nicht stimmt, können Sie es über die Seite Ihrer Bestellung zurückgeben.',
      },
      blocks: [orderProgress(4, say), orderFactsBlock(facts, say), orderButton(facts, say)],
    }),
  sampleOrderMail({}),
)

const cancelReasons: Record<string, Words> = {
  customer: { en: 'as you asked us to', de: 'wie von Ihnen gewünscht' },
  staff: { en: 'because we cannot fulfil it', de: 'weil wir sie nicht ausführen können' },
  'out-of-stock': { en: 'because something you wanted has just been sold out', de: 'weil ein Artikel gerade ausverkauft wurde' },
  'payment-failed': { en: 'because the payment did not go through', de: 'weil die Zahlung nicht zustande kam' },
  'payment-timeout': { en: 'because no payment arrived in time', de: 'weil rechtzeitig keine Zahlung einging' },
  'reservation-expired': {
    en: 'because it was not paid before the goods had to go back on sale',
    de: 'weil sie nicht bezahlt war, bevor die Ware wieder in den Verkauf ging',
  },
}

export const orderCancelled = orderMail<{ reason?: string }>()(
  'order-cancelled',
  'An order will not be fulfilled.',
  { byHand: true },
  (facts, say) => {
    const reason = cancelReasons[facts.data.reason ?? '']
    return orderContent(facts, say, {
      subject: { en: 'Order Cancelled', de: 'Bestellung storniert' },
      preheader: { en: `${facts.order.number} will not be sent.`, de: `${facts.order.number} wird nicht verschickt.` },
      heading: { en: 'Your order is cancelled', de: 'Ihre Bestellung ist storniert' },
      intro: {
        en: `We have cancelled your order${reason ? `, ${reason.en}` : ''}. Whatever you have paid goes back the way it came; depending on your bank that takes a few days.`,
        de: `wir haben Ihre Bestellung storniert${reason ? `, ${reason.de}` : ''}. Was Sie bezahlt haben, geht auf demselben Weg zurück; je nach Bank dauert das einige Tage.`,
      },
      blocks: [orderFactsBlock(facts, say), orderLinesBlock(facts, say), orderButton(facts, say)],
    })
  },
  sampleOrderMail({ reason: 'customer' }),
)
