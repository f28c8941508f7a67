import type { Static } from 'typebox'
import type { ordersRpc } from '#contracts/rpc/orders.ts'
import type { Deps } from './deps.ts'
import { errors } from './errors.ts'
import type { DueMessage } from './jobs/claim.ts'
import type { OrderFacts, Template } from './template.ts'

/** Whom a message goes to and what it says, or why it is not sent. */
export type Prepared =
  | {
      readonly kind: 'ready'
      readonly address: string
      readonly userId: string | null
      readonly locale: string
      readonly facts: unknown
      /** ISO time of the consent to advertising, where it is some */
      readonly consentAt?: string | undefined
    }
  | { readonly kind: 'suppressed'; readonly reason: string }

type Message = Pick<DueMessage, 'channel' | 'userId' | 'orderId' | 'address' | 'locale' | 'data' | 'attempts'>

interface Contact {
  readonly email: string
  readonly fullName: string
  readonly locale: string
  readonly phone: string | null
  readonly marketing?: boolean | undefined
  readonly marketingSince?: string | undefined
}

/** An account may be told of before its profile is written: it is asked for again for a few seconds before we believe that there is nobody. */
const PATIENT_ATTEMPTS = 5

const suppressed = (reason: string): Prepared => ({ kind: 'suppressed', reason })

/** Asks the owners of the facts. Throws kind `unavailable` when one cannot answer: then the message is tried again. */
export async function prepare(deps: Deps, template: Template, message: Message): Promise<Prepared> {
  switch (template.about) {
    case 'operations':
      return forOperations(deps, message)
    case 'account':
      return await forAccount(deps, template, message)
    case 'order':
      return await forOrder(deps, message)
    case 'review':
      return await forReview(deps, message)
    case 'gift-card':
      return await forGiftCard(deps, message)
    case 'given':
      return await forGiven(deps, message)
  }
}

function forOperations({ settings, environment, shop }: Deps, { channel, locale, data }: Message): Prepared {
  const mailbox = environment === 'production' ? '' : 'operations@souk.example'
  const address = channel === 'sms' ? settings.operationsPhone : settings.operationsEmail || mailbox
  return address === '' ? suppressed('nobody-to-tell') : { kind: 'ready', address, userId: null, locale, facts: { shop, data } }
}

async function forAccount(deps: Deps, template: Template, message: Message): Promise<Prepared> {
  const contact = message.userId === null ? undefined : await contactOf(deps, message.userId, message.attempts)
  if (!contact) return suppressed('unknown-recipient')
  if (template.marketing && contact.marketing !== true) return suppressed('no-consent')
  const link = template.needsLink ? await linkOf(deps, message) : undefined
  if (template.needsLink && !link) return suppressed('link-expired')
  const facts = { shop: deps.shop, name: contact.fullName, data: message.data, link }
  const prepared = ready(message, contact, contact.email, facts, contact.locale)
  return prepared.kind === 'ready' && template.marketing ? { ...prepared, consentAt: contact.marketingSince } : prepared
}

async function forOrder(deps: Deps, message: Message): Promise<Prepared> {
  const order = message.orderId === null ? null : await deps.orders.order({ orderId: message.orderId })
  if (!order) return await notYetOr(message, 'unknown-order')
  const contact = order.customerId === null ? undefined : await contactOf(deps, order.customerId, message.attempts)
  if (order.customerId !== null && !contact) return suppressed('unknown-recipient')
  // what was written on the order is meant for the order; the account's address stands in
  const email = order.email ?? contact?.email
  const facts = {
    shop: deps.shop,
    name: contact?.fullName ?? order.address?.name ?? '',
    data: message.data,
    order: orderFacts(order),
  }
  return ready(
    { ...message, userId: order.customerId },
    { phone: contact?.phone ?? order.address?.phone ?? null },
    email,
    facts,
    order.locale,
  )
}

/** Its author may have taken it back meanwhile, or staff may have changed their mind: what is true now is told, or nothing. */
async function forReview(deps: Deps, message: Message): Promise<Prepared> {
  const review = await deps.reviews.forAuthor({ reviewId: String(message.data.reviewId) })
  if (!review) return suppressed('unknown-review')
  const contact = await contactOf(deps, review.authorId, message.attempts)
  if (!contact) return suppressed('unknown-recipient')
  const { productTitle, productSlug, text, rejection, reply } = review
  const facts = {
    shop: deps.shop,
    name: contact.fullName,
    data: {},
    review: { productTitle, productSlug, text, rejection, reply },
  }
  return ready({ ...message, userId: review.authorId }, contact, contact.email, facts, contact.locale)
}

async function forGiftCard({ orders, shop }: Deps, message: Message): Promise<Prepared> {
  const card = await orders.giftCard({ giftCardId: String(message.data.giftCardId) })
  if (!card) return await notYetOr(message, 'unknown-gift-card')
  const facts = { shop, code: card.code, value: card.value, expiresAt: card.expiresAt === null ? null : new Date(card.expiresAt) }
  return ready(message, { phone: null }, card.email ?? undefined, facts, card.locale ?? message.locale)
}

async function forGiven(deps: Deps, message: Message): Promise<Prepared> {
  const contact = message.userId === null ? undefined : await contactOf(deps, message.userId, message.attempts)
  if (message.userId !== null && !contact) return suppressed('unknown-recipient')
  const facts = { shop: deps.shop, name: contact?.fullName ?? '', data: message.data }
  const phone = contact ? contact.phone : message.address
  return ready(message, { phone }, contact?.email ?? message.address ?? undefined, facts, contact?.locale ?? message.locale)
}

function ready(
  message: Message,
  { phone }: Pick<Contact, 'phone'>,
  email: string | undefined,
  facts: unknown,
  locale: string,
): Prepared {
  const address = { email, sms: phone ?? undefined, push: message.userId ?? undefined }[message.channel]
  return address ? { kind: 'ready', address, userId: message.userId, locale, facts } : suppressed('no-address')
}

async function contactOf({ users }: Deps, userId: string, attempts: number): Promise<Contact | undefined> {
  const contact = await users.contact({ userId })
  if (contact.outcome === 'known') return contact
  if (attempts < PATIENT_ATTEMPTS) throw errors.notYet()
  return undefined
}

async function notYetOr({ attempts }: Message, reason: string): Promise<Prepared> {
  if (attempts < PATIENT_ATTEMPTS) throw errors.notYet()
  return suppressed(reason)
}

async function linkOf({ auth }: Deps, { data }: Message): Promise<{ token: string; expiresAt: Date } | undefined> {
  const { token, expiresAt } = await auth.linkToken({ requestId: String(data.requestId) })
  return token !== null && expiresAt !== null ? { token, expiresAt: new Date(expiresAt) } : undefined
}

type Order = NonNullable<Static<typeof ordersRpc.methods.order.output>>

function orderFacts(order: Order): OrderFacts {
  return {
    id: order.orderId,
    number: order.number,
    status: order.status,
    total: order.total,
    placedAt: new Date(order.placedAt),
    lines: order.lines.map(({ title, sku, quantity, total }) => ({ title, sku, quantity, total })),
    address: order.address,
    awaitsPayment: order.awaitsPayment,
    guestToken: order.guestToken,
  }
}
