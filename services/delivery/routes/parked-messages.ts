import Type from 'typebox'
import { page } from '#kit/http/paging.ts'
import { can, get, post, type Route } from '#kit/http/route.ts'
import { staffActor } from '#contracts/actor.ts'
import { closed } from '#kit/messaging/event.ts'
import type { Deps } from '../deps.ts'
import { errors } from '../errors.ts'
import {
  discardMessage,
  listParkedMessages,
  ParkedMessage,
  ParkedMessageDetails,
  ParkedMessageQuery,
  parkedMessage,
  redriveMessage,
} from '../parked-messages.ts'

const One = closed({
  carrier: Type.String({ minLength: 1, maxLength: 40, pattern: '^[a-z0-9-]+$' }),
  messageId: Type.String({ minLength: 1, maxLength: 200 }),
})
const read = can('delivery:read-any')
const decide = can('delivery:write')

/** Messages of carriers that could not be applied: an unknown parcel, a contradiction. Retried by themselves for a day, then they wait for staff. */
export function parkedMessageRoutes(deps: Deps): Route[] {
  return [
    get(
      '/api/delivery/messages',
      {
        access: read,
        summary: 'Messages of carriers that wait for staff',
        query: ParkedMessageQuery,
        response: page(ParkedMessage),
      },
      ({ query }) => listParkedMessages(deps.db.read, query),
    ),
    get(
      '/api/delivery/messages/:carrier/:messageId',
      {
        access: read,
        summary: 'A waiting message: what it says, why it waits, what was decided',
        params: One,
        response: ParkedMessageDetails,
        errors: [errors.messageNotFound],
      },
      ({ params }) => parkedMessage(deps.db.sql, params),
    ),
    post(
      '/api/delivery/messages/:carrier/:messageId/redrive',
      {
        access: decide,
        summary: 'Try a waiting message again',
        params: One,
        // may be asked again at any time: a message is applied once
        idempotency: 'handler',
        response: closed({ state: Type.String() }),
        errors: [errors.messageNotFound, errors.messageSettled],
      },
      ({ params, principal }) => redriveMessage(deps, params, staffActor(principal)),
    ),
    post(
      '/api/delivery/messages/:carrier/:messageId/discard',
      {
        access: decide,
        summary: 'Give a waiting message up, for a reason',
        params: One,
        body: closed({ reason: Type.String({ minLength: 3, maxLength: 500 }) }),
        response: ParkedMessageDetails,
        errors: [errors.messageNotFound, errors.messageSettled],
      },
      async ({ params, body, principal, tx }) => {
        await discardMessage(tx, params, staffActor(principal), body.reason)
        return await parkedMessage(tx, params)
      },
    ),
  ]
}
