import type { Block, Content } from '../content.ts'
import type { Say, Words } from '../language.ts'
import { links } from '../links.ts'
import { reviewMail, type ReviewMailFacts } from '../template.ts'
import { sampleReviewMail } from './sample.ts'
import { greeting, shopVariables } from './wording.ts'

function reviewContent(
  facts: ReviewMailFacts,
  say: Say,
  parts: { subject: Words; heading: Words; intro: Words; blocks: readonly Block[]; button: Words; page: 'product' | 'own' },
): Content {
  const { shop, name, review } = facts
  const url =
    review.productSlug === null
      ? links.account(shop, say)
      : parts.page === 'own'
        ? links.ownReview(shop, say, review.productSlug)
        : links.product(shop, say, review.productSlug)
  return {
    subject: say(parts.subject),
    preheader: say({ en: `About your review of ${review.productTitle}.`, de: `Zu Ihrer Bewertung: ${review.productTitle}.` }),
    heading: say(parts.heading),
    intro: [greeting(name, say), say(parts.intro)],
    blocks: [...parts.blocks, { kind: 'button', label: say(parts.button), url }],
    variables: { ...shopVariables(shop, name), product: review.productTitle },
  }
}

export const reviewPublished = reviewMail(
  'review-published',
  'Staff let a review be shown that had waited.',
  {},
  (facts, say) =>
    reviewContent(facts, say, {
      subject: { en: 'Your review is online', de: 'Ihre Bewertung ist online' },
      heading: { en: 'Thank you for your review', de: 'Vielen Dank für Ihre Bewertung' },
      intro: {
        en: `Your review of “${facts.review.productTitle}” can now be read by everybody.`,
        de: `Ihre Bewertung zu „${facts.review.productTitle}“ können jetzt alle lesen.`,
      },
      blocks: [{ kind: 'quote', text: facts.review.text }],
      button: { en: 'See it', de: 'Ansehen' },
      page: 'product',
    }),
  sampleReviewMail(),
)

const whys: Readonly<Record<string, Words>> = {
  'off-topic': { en: 'It is not about the product.', de: 'Sie handelt nicht vom Artikel.' },
  offensive: { en: 'It offends somebody.', de: 'Sie beleidigt jemanden.' },
  advertising: { en: 'It advertises something else.', de: 'Sie wirbt für etwas anderes.' },
  'personal-data': { en: 'It has somebody’s personal data in it.', de: 'Sie enthält persönliche Daten von jemandem.' },
  other: { en: 'It does not fit our rules.', de: 'Sie passt nicht zu unseren Regeln.' },
}

export const reviewRejected = reviewMail(
  'review-rejected',
  'Staff will not show a review.',
  {},
  (facts, say) => {
    const { reason, note } = facts.review.rejection ?? { reason: 'other', note: '' }
    return reviewContent(facts, say, {
      subject: { en: 'About your review', de: 'Zu Ihrer Bewertung' },
      heading: { en: 'We do not show this review', de: 'Diese Bewertung zeigen wir nicht' },
      intro: {
        en: `We have read your review of “${facts.review.productTitle}” and do not show it as it is. You can change it.`,
        de: `wir haben Ihre Bewertung zu „${facts.review.productTitle}“ gelesen und zeigen sie so nicht. Sie können sie ändern.`,
      },
      blocks: [
        { kind: 'text', text: say(whys[reason] ?? whys['other']!) },
        ...(note ? [{ kind: 'quote', text: note } as const] : []),
      ],
      button: { en: 'Change the review', de: 'Bewertung ändern' },
      page: 'own',
    })
  },
  sampleReviewMail(),
)

export const reviewReplied = reviewMail(
  'review-replied',
  'The shop or the seller answered a review.',
  {},
  (facts, say) => {
    const by = facts.review.reply?.name ?? facts.shop.name
    return reviewContent(facts, say, {
      subject: { en: 'An answer to your review', de: 'Eine Antwort auf Ihre Bewertung' },
      heading: { en: `${by} has answered`, de: `${by} hat geantwortet` },
      intro: {
        en: `There is an answer to your review of “${facts.review.productTitle}”.`,
        de: `es gibt eine Antwort auf Ihre Bewertung zu „${facts.review.productTitle}“.`,
      },
      blocks: [{ kind: 'quote', text: facts.review.reply?.text ?? '' }],
      button: { en: 'See it', de: 'Ansehen' },
      page: 'product',
    })
  },
  sampleReviewMail(),
)
