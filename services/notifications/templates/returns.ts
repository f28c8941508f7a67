import type { MoneyJson } from '#kit/core/money.ts'
import type { Block, Content } from '../content.ts'
import type { Say, Words } from '../language.ts'
import { orderMail, type OrderMailFacts } from '../template.ts'
import { sampleOrderMail } from './sample.ts'
import { greeting, orderButton, orderFactsBlock, orderVariables } from './wording.ts'

interface Returned {
  readonly kind: 'return' | 'exchange'
}

function returnContent(
  facts: OrderMailFacts<Returned>,
  say: Say,
  parts: { subject: Words; heading: Words; intro: Words; blocks?: readonly Block[] },
): Content {
  return {
    subject: say(parts.subject),
    preheader: say({ en: `About your order ${facts.order.number}.`, de: `Zu Ihrer Bestellung ${facts.order.number}.` }),
    heading: say(parts.heading),
    intro: [greeting(facts.name, say), say(parts.intro)],
    blocks: [...(parts.blocks ?? []), orderFactsBlock(facts, say), orderButton(facts, say)],
    variables: orderVariables(facts, say),
  }
}

export const returnRequested = orderMail<Returned>()(
  'return-requested',
  'A customer wants to send goods back.',
  {},
  (facts, say) =>
    returnContent(facts, say, {
      subject: { en: 'We have your return request', de: 'Ihre Rücksendung ist angemeldet' },
      heading: { en: 'Your request has arrived', de: 'Ihre Anfrage ist da' },
      intro: {
        en:
          facts.data.kind === 'exchange'
            ? 'We have your request to exchange something and shall answer soon. Please keep the goods until then.'
            : 'We have your request to send something back and shall answer soon. Please keep the goods until then.',
        de:
          facts.data.kind === 'exchange'
            ? 'Sie möchten etwas umtauschen; wir melden uns bald. Bitte behalten Sie die Ware so lange.'
            : 'Sie möchten etwas zurücksenden; wir melden uns bald. Bitte behalten Sie die Ware so lange.',
      },
    }),
  sampleOrderMail<Returned>({ kind: 'return' }),
)

export const returnApproved = orderMail<Returned>()(
  'return-approved',
  'A return was agreed to; the label is on the page of the order.',
  {},
  (facts, say) =>
    returnContent(facts, say, {
      subject: { en: 'Your return is approved', de: 'Ihre Rücksendung ist genehmigt' },
      heading: { en: 'Please send it back', de: 'Bitte schicken Sie es zurück' },
      intro: {
        en: 'Your return is approved. You find the label on the page of your order: print it, stick it on the parcel, and hand it in.',
        de: 'Ihre Rücksendung ist genehmigt. Das Etikett finden Sie auf der Seite Ihrer Bestellung: ausdrucken, aufkleben, abgeben.',
      },
    }),
  sampleOrderMail<Returned>({ kind: 'return' }),
)

export const returnRejected = orderMail<Returned & { reason: string }>()(
  'return-rejected',
  'A return was refused.',
  {},
  (facts, say) =>
    returnContent(facts, say, {
      subject: { en: 'About your return', de: 'Zu Ihrer Rücksendung' },
      heading: { en: 'We cannot take it back', de: 'Wir können es nicht zurücknehmen' },
      intro: {
        en: 'We have looked at your request and are sorry that we cannot agree to it, for this reason:',
        de: 'wir haben Ihre Anfrage geprüft und können ihr leider nicht zustimmen, aus diesem Grund:',
      },
      blocks: [{ kind: 'quote', text: facts.data.reason }],
    }),
  sampleOrderMail({ kind: 'return' as const, reason: 'The return window of 30 days was over.' }),
)

export const returnCompleted = orderMail<Returned & { refund: MoneyJson | null; replacement: boolean }>()(
  'return-completed',
  'Goods are back; the refund or the replacement is on its way.',
  {},
  (facts, say) => {
    const { refund, replacement } = facts.data
    return returnContent(facts, say, {
      subject: { en: 'Your return has arrived', de: 'Ihre Rücksendung ist angekommen' },
      heading: { en: 'It is back with us', de: 'Es ist wieder bei uns' },
      intro: {
        en: replacement
          ? 'Your parcel has arrived, and the replacement is on its way to you.'
          : 'Your parcel has arrived. Thank you for sending it back.',
        de: replacement
          ? 'Ihr Paket ist angekommen, und der Ersatz ist unterwegs zu Ihnen.'
          : 'Ihr Paket ist angekommen. Vielen Dank für die Rücksendung.',
      },
      blocks: refund
        ? [{ kind: 'facts', rows: [[say({ en: 'You get back', de: 'Sie erhalten zurück' }), say.money(refund)]] }]
        : [],
    })
  },
  sampleOrderMail({ kind: 'return' as const, refund: { amount: 2000, currency: 'EUR' }, replacement: false }),
)
