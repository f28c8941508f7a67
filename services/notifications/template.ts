import type { PostalAddress } from '#contracts/values.ts'
import type { Content } from './content.ts'
import type { Say } from './language.ts'
import type { MoneyJson } from '#kit/core/money.ts'

/** The shop as mails name it. */
export interface ShopFacts {
  readonly name: string
  /** base address, without a slash at the end */
  readonly url: string
}

/** For messages about an account. `link`: address with a one-time secret, where the template has one. */
export interface AccountFacts<D = unknown> {
  readonly shop: ShopFacts
  readonly name: string
  readonly data: D
  readonly link?: { readonly token: string; readonly expiresAt: Date } | undefined
}

export interface OrderFacts {
  readonly id: string
  readonly number: string
  readonly status: string
  readonly total: MoneyJson
  readonly placedAt: Date
  readonly lines: readonly { readonly title: string; readonly sku: string; readonly quantity: number; readonly total: number }[]
  readonly address: PostalAddress | null
  /** it waits for its customer to pay */
  readonly awaitsPayment: boolean
  /** lets a guest look at it; null: its customer signs in */
  readonly guestToken: string | null
}

/** For messages about an order; they go to whoever placed it. */
export interface OrderMailFacts<D = unknown> extends AccountFacts<D> {
  readonly order: OrderFacts
}

/** For messages to the author of a review. */
export interface ReviewMailFacts extends AccountFacts {
  readonly review: {
    readonly productTitle: string
    readonly productSlug: string | null
    readonly text: string
    readonly rejection: { readonly reason: string; readonly note: string } | null
    readonly reply: { readonly text: string; readonly name: string } | null
  }
}

/** For the message that carries a gift card. Its code is asked for when the message is written. */
export interface GiftCardFacts {
  readonly shop: ShopFacts
  readonly code: string
  readonly value: MoneyJson
  readonly expiresAt: Date | null
}

/** For messages to ourselves. */
export interface OperationsFacts<D = unknown> {
  readonly shop: ShopFacts
  readonly data: D
}

export type About = 'account' | 'order' | 'review' | 'gift-card' | 'operations' | 'given'

/** One message the shop can send: a small function per language-independent structure, with a sample to look at. */
export interface Template {
  readonly name: string
  readonly summary: string
  readonly about: About
  /** advertising: only with consent, never without a way out */
  readonly marketing: boolean
  /** an auth link is asked for by `data.requestId` */
  readonly needsLink: boolean
  /** staff may send it: it needs no facts that only an event has */
  readonly byHand: boolean
  readonly write: (facts: never, say: Say) => Content
  readonly sample: unknown
}

interface Options {
  readonly marketing?: boolean
  readonly needsLink?: boolean
  readonly byHand?: boolean
}

const define =
  (about: About) =>
  (name: string, summary: string, options: Options, write: (facts: never, say: Say) => Content, sample: unknown): Template => ({
    name,
    summary,
    about,
    marketing: false,
    needsLink: false,
    byHand: false,
    ...options,
    write,
    sample,
  })

type Define<F> = (name: string, summary: string, options: Options, write: (facts: F, say: Say) => Content, sample: F) => Template

/** `accountMail<Data>()('name', 'summary', options, write, sample)`: the data of the event is typed in `write` and `sample`. */
export const accountMail = <D>(): Define<AccountFacts<D>> => define('account') as Define<AccountFacts<D>>
export const orderMail = <D>(): Define<OrderMailFacts<D>> => define('order') as Define<OrderMailFacts<D>>
export const reviewMail = define('review') as Define<ReviewMailFacts>
export const giftCardMail = define('gift-card') as Define<GiftCardFacts>
export const operationsMail = <D>(): Define<OperationsFacts<D>> => define('operations') as Define<OperationsFacts<D>>
export const givenMail = <D>(): Define<AccountFacts<D>> => define('given') as Define<AccountFacts<D>>
