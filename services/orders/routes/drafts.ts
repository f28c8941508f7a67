import Type from 'typebox'
import { staffActor } from '#contracts/actor.ts'
import { Quantity, Sku, Uuid } from '#contracts/values.ts'
import type { Principal } from '#kit/core/principal.ts'
import { scopeOf } from '#kit/http/idempotency.ts'
import { page } from '#kit/http/paging.ts'
import { can, del, get, patch, post, put, type Route } from '#kit/http/route.ts'
import { closed } from '#kit/messaging/event.ts'
import { fingerprintOf, placeOrderOnce } from '../commands/answer-checkout.ts'
import { PlaceDraftBody, placeDraft } from '../commands/place-draft.ts'
import type { OrdersDeps } from '../deps.ts'
import { DraftBody, DraftView, PriceOverride } from '../draft.ts'
import { draftErrors } from '../draft-errors.ts'
import { changeDraft, createDraft, deleteDraft, getDraft } from '../draft-store.ts'
import { errors } from '../errors.ts'
import { PlacedOrderView } from '../order-view.ts'
import { DraftQuery, DraftSummary, listDrafts } from '../queries/list-drafts.ts'
import { DraftQuote, quoteDraft } from '../queries/quote-draft.ts'

const access = can('orders:draft')
const DraftId = closed({ id: Uuid })
const DraftLineOf = closed({ id: Uuid, sku: Sku })
const pricing = [errors.emptyOrder, errors.notOnSale, errors.noSuchShippingOption, errors.tooMuch, draftErrors.wrongCurrency]
const prices = [...pricing, draftErrors.giftCardPrice, draftErrors.discountTooLarge]
const changing = [draftErrors.draftNotFound, draftErrors.draftPlaced, draftErrors.draftConflict]

/** Only people of the staff and API keys of theirs have the permission. */
const idOf = (principal: Principal): string =>
  principal.kind === 'user' || principal.kind === 'key' ? principal.id : '00000000-0000-0000-0000-000000000000'

/** Orders that staff prepare for a customer, on the telephone for example. */
export function draftRoutes(deps: OrdersDeps): Route[] {
  const { sql } = deps.kit.db

  /** A draft names a customer that exists. Throws draftErrors.unknownCustomer. */
  async function knownCustomer({ customerId }: DraftBody): Promise<void> {
    if (!customerId) return
    const contact = await deps.users.contact({ userId: customerId })
    if (contact.outcome === 'unknown')
      throw draftErrors.unknownCustomer({}, { fields: [{ pointer: '/customerId', message: 'is not a customer' }] })
  }

  return [
    post(
      '/api/orders/drafts',
      {
        access,
        summary: 'Begin a draft order for a customer or a guest; it holds no stock',
        body: DraftBody,
        response: DraftView,
        status: 201,
        errors: [draftErrors.unknownCustomer],
      },
      async ({ body, principal, channel, locale, tx }) => {
        await knownCustomer(body)
        return await createDraft(deps, tx, { channel, locale, createdBy: idOf(principal), actor: staffActor(principal), body })
      },
    ),

    get(
      '/api/orders/drafts',
      { access, summary: 'Draft orders', query: DraftQuery, response: page(DraftSummary) },
      async ({ query }) => await listDrafts(deps, query),
    ),

    get(
      '/api/orders/drafts/:id',
      {
        access,
        summary: 'One draft order',
        params: DraftId,
        response: DraftView,
        versioned: true,
        errors: [draftErrors.draftNotFound],
      },
      async ({ params }) => await getDraft(sql, params.id),
    ),

    get(
      '/api/orders/drafts/:id/quote',
      {
        access,
        summary: 'What a draft would cost if it were placed now',
        params: DraftId,
        response: DraftQuote,
        errors: [draftErrors.draftNotFound, ...prices],
      },
      async ({ params }) => await quoteDraft(deps, await getDraft(sql, params.id)),
    ),

    patch(
      '/api/orders/drafts/:id',
      {
        access,
        summary: 'Change a draft order; what is left out stays',
        params: DraftId,
        body: DraftBody,
        response: DraftView,
        versioned: true,
        errors: [...changing, draftErrors.unknownCustomer],
      },
      async ({ params, body, principal, tx, expectedVersion }) => {
        await knownCustomer(body)
        return await changeDraft(deps, tx, params.id, staffActor(principal), expectedVersion, () => body)
      },
    ),

    put(
      '/api/orders/drafts/:id/lines/:sku',
      {
        access,
        summary: 'Add a line to a draft order, or change it; a price of its own needs a reason',
        params: DraftLineOf,
        body: closed({ quantity: Quantity, override: Type.Optional(PriceOverride) }),
        response: DraftView,
        versioned: true,
        errors: changing,
      },
      async ({ params, body, principal, tx, expectedVersion }) =>
        await changeDraft(deps, tx, params.id, staffActor(principal), expectedVersion, ({ lines }) => {
          const line = { sku: params.sku, ...body }
          const known = lines.some(({ sku }) => sku === params.sku)
          return { lines: known ? lines.map((old) => (old.sku === params.sku ? line : old)) : [...lines, line] }
        }),
    ),

    del(
      '/api/orders/drafts/:id/lines/:sku',
      {
        access,
        summary: 'Take a line out of a draft order',
        params: DraftLineOf,
        response: DraftView,
        versioned: true,
        errors: changing,
      },
      async ({ params, principal, tx, expectedVersion }) =>
        await changeDraft(deps, tx, params.id, staffActor(principal), expectedVersion, ({ lines }) => ({
          lines: lines.filter(({ sku }) => sku !== params.sku),
        })),
    ),

    del(
      '/api/orders/drafts/:id',
      {
        access,
        summary: 'Delete a draft order that was not placed',
        params: DraftId,
        errors: [draftErrors.draftNotFound, draftErrors.draftPlaced],
      },
      async ({ params, tx }) => await deleteDraft(tx, params.id),
    ),

    post(
      '/api/orders/drafts/:id/place',
      {
        access,
        summary: 'Turn a draft into an order, once; with a payment method it is paid and confirmed at once',
        description:
          'Without a payment method the order waits for PUT /api/orders/{id}/confirm: by its customer, or by a guest who has the `guestToken`. If its payment is refused the draft may be placed again.',
        params: DraftId,
        body: PlaceDraftBody,
        response: PlacedOrderView,
        status: 201,
        idempotency: 'handler',
        errors: [
          draftErrors.draftNotFound,
          ...prices,
          errors.noEmail,
          errors.invalidAttributes,
          errors.noAddress,
          errors.outOfStock,
          errors.priceChanged,
          errors.couponRefused,
          errors.giftCardRefused,
          errors.promotionRefused,
          errors.paymentDeclined,
          errors.keyReused,
          errors.keyInFlight,
        ],
      },
      async ({ params, body, principal, ip, idempotencyKey }) => {
        const draft = await getDraft(sql, params.id)
        const request =
          idempotencyKey === undefined
            ? null
            : { scope: scopeOf(principal, undefined, ip), key: idempotencyKey, fingerprint: fingerprintOf([params.id, body]) }
        const { paymentMethodId } = body
        const { attributes, billingAddress, channel, locale } = draft
        const order = {
          ...(paymentMethodId === undefined ? {} : { paymentMethodId }),
          ...(billingAddress ? { billingAddress } : {}),
          attributes,
        }
        const input = { principal, channel, locale, guestToken: undefined, body: order, request }
        return await placeOrderOnce(deps, input, async () =>
          placeDraft(deps, input, draft, { body, actor: staffActor(principal) }),
        )
      },
    ),
  ]
}
