import Type from 'typebox'
import { Uuid } from '#contracts/values.ts'
import { page } from '#kit/http/paging.ts'
import { get, post, type Route } from '#kit/http/route.ts'
import { closed } from '#kit/messaging/event.ts'
import { resend, sendPing } from '../commands/send-again.ts'
import type { Deps } from '../deps.ts'
import { errors } from '../errors.ts'
import {
  deliveryDetails,
  DeliveryDetails,
  deliveryList,
  DeliveryState,
  DeliveryView,
  listDeliveries,
} from '../queries/deliveries.ts'
import { endpointById } from '../queries/endpoints.ts'
import { access } from './endpoints.ts'

const Id = closed({ id: Uuid })
const List = deliveryList.query({ state: Type.Optional(DeliveryState), type: Type.Optional(Type.String({ maxLength: 100 })) })

/** What was sent, and how it went. */
export const deliveryRoutes = (deps: Deps): Route[] => [
  post(
    '/api/webhooks/:id/ping',
    {
      access,
      summary: 'Send a test message',
      params: Id,
      response: DeliveryView,
      status: 202,
      errors: [errors.notFound, errors.disabled],
    },
    ({ tx, params }) => sendPing(tx, params.id),
  ),
  get(
    '/api/webhooks/:id/deliveries',
    {
      access,
      summary: 'Messages to an endpoint, newest first',
      params: Id,
      query: List,
      response: page(DeliveryView),
      errors: [errors.notFound],
    },
    async ({ params, query }) => {
      await endpointById(deps.db.sql, params.id)
      return await listDeliveries(deps.db.sql, params.id, query)
    },
  ),
  get(
    '/api/webhooks/deliveries/:id',
    { access, summary: 'A message with every try', params: Id, response: DeliveryDetails, errors: [errors.deliveryNotFound] },
    async ({ params }) => {
      const found = await deliveryDetails(deps.db.sql, params.id)
      if (!found) throw errors.deliveryNotFound()
      return found
    },
  ),
  post(
    '/api/webhooks/deliveries/:id/resend',
    {
      access,
      summary: 'Send a message again',
      params: Id,
      response: DeliveryView,
      status: 202,
      errors: [errors.deliveryNotFound, errors.disabled],
    },
    ({ tx, params }) => resend(tx, params.id),
  ),
]
