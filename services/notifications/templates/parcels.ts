import type { Block, Content } from '../content.ts'
import type { Say, Words } from '../language.ts'
import { orderMail, type OrderMailFacts } from '../template.ts'
import { sampleOrderMail } from './sample.ts'
import { greeting, orderAddressBlocks, orderButton, orderFactsBlock, orderVariables } from './wording.ts'

interface Parcel {
  readonly carrier: string
  readonly trackingNumber: string | null
}
const sampleParcel: Parcel = { carrier: 'dhl', trackingNumber: 'JD014600003828' }

function parcelRows({ carrier, trackingNumber }: Parcel, say: Say): Block {
  return {
    kind: 'facts',
    rows: [
      [say({ en: 'Carrier', de: 'Versand mit' }), carrier.toUpperCase()],
      ...(trackingNumber ? [[say({ en: 'Tracking number', de: 'Sendungsnummer' }), trackingNumber] as const] : []),
    ],
  }
}

function parcelContent(
  facts: OrderMailFacts<Parcel>,
  say: Say,
  parts: { subject: Words; preheader: Words; heading: Words; intro: Words; blocks?: readonly Block[] },
): Content {
  return {
    subject: say(parts.subject),
    preheader: say(parts.preheader),
    heading: say(parts.heading),
    intro: [greeting(facts.name, say), say(parts.intro)],
    blocks: [orderFactsBlock(facts, say), parcelRows(facts.data, say), ...(parts.blocks ?? []), orderButton(facts, say)],
    variables: {
      ...orderVariables(facts, say),
      carrier: facts.data.carrier.toUpperCase(),
      tracking: facts.data.trackingNumber ?? '',
    },
  }
}

export const parcelDispatched = orderMail<Parcel>()(
  'parcel-dispatched',
  'One of several parcels left. The last one is told by order-shipped.',
  {},
  (facts, say) =>
    parcelContent(facts, say, {
      subject: { en: 'A parcel of your order is on its way', de: 'Ein Paket Ihrer Bestellung ist unterwegs' },
      preheader: { en: 'The rest follows.', de: 'Der Rest folgt.' },
      heading: { en: 'The first part is on its way', de: 'Ein Teil ist unterwegs' },
      intro: {
        en: 'Part of your order has left our warehouse. The rest follows as soon as it can.',
        de: 'ein Teil Ihrer Bestellung hat unser Lager verlassen. Der Rest folgt, sobald es geht.',
      },
      blocks: orderAddressBlocks(facts, say),
    }),
  sampleOrderMail(sampleParcel),
)

export const outForDelivery = orderMail<Parcel>()(
  'out-for-delivery',
  'The carrier brings the parcel today.',
  {},
  (facts, say) =>
    parcelContent(facts, say, {
      subject: { en: 'Your parcel arrives today', de: 'Ihr Paket kommt heute' },
      preheader: {
        en: `${facts.data.carrier.toUpperCase()} is bringing it.`,
        de: `${facts.data.carrier.toUpperCase()} bringt es.`,
      },
      heading: { en: 'Today is the day', de: 'Heute ist es so weit' },
      intro: { en: 'The carrier has your parcel in the van.', de: 'der Paketdienst hat Ihr Paket im Wagen.' },
      blocks: orderAddressBlocks(facts, say),
    }),
  sampleOrderMail(sampleParcel),
)

export const deliveryFailed = orderMail<Parcel>()(
  'delivery-failed',
  'The carrier could not deliver.',
  {},
  (facts, say) =>
    parcelContent(facts, say, {
      subject: { en: 'We could not deliver your parcel', de: 'Ihr Paket konnte nicht zugestellt werden' },
      preheader: { en: 'Please look at your order.', de: 'Bitte sehen Sie in Ihre Bestellung.' },
      heading: { en: 'The delivery did not work out', de: 'Die Zustellung hat nicht geklappt' },
      intro: {
        en: 'The carrier could not hand over your parcel. Please check the address; we take care of what comes next and shall be in touch.',
        de: 'der Paketdienst konnte Ihr Paket nicht übergeben. Bitte prüfen Sie die Adresse; um das Weitere kümmern wir uns und melden uns bei Ihnen.',
      },
      blocks: orderAddressBlocks(facts, say),
    }),
  sampleOrderMail(sampleParcel),
)
