import Type from 'typebox'
import { Locale, Uuid } from '#contracts/values.ts'
import { page } from '#kit/http/paging.ts'
import { anyone, can, get, post, type Route } from '#kit/http/route.ts'
import { closed } from '#kit/messaging/event.ts'
import { addressHash } from '../addresses.ts'
import { receiveReceipt } from '../commands/receive-receipt.ts'
import { resendMessage, sendByHand } from '../commands/send-by-hand.ts'
import type { Deps } from '../deps.ts'
import { errors } from '../errors.ts'
import {
  ChannelSchema,
  listMessages,
  messageById,
  MessageFilters,
  messageList,
  messageStats,
  MessageView,
  Stats,
} from '../queries/messages.ts'

const read = can('notifications:read')
const send = can('notifications:send')
const Id = closed({ id: Uuid })
const Address = Type.String({
  minLength: 3,
  maxLength: 320,
  pattern: '^[^\\s,;<>"()]+$',
  description: 'e-mail address, or phone number for SMS',
})

const ByHand = closed({
  channel: Type.Optional(ChannelSchema),
  userId: Type.Optional(Uuid),
  orderId: Type.Optional(Uuid),
  address: Type.Optional(Address),
  locale: Type.Optional(Locale),
  template: Type.Optional(Type.String({ maxLength: 60 })),
  subject: Type.Optional(Type.String({ minLength: 1, maxLength: 200, pattern: '^[^\\u0000-\\u001f\\u007f\\u2028\\u2029]+$' })),
  text: Type.Optional(Type.String({ minLength: 1, maxLength: 20_000 })),
})

/** The log of messages, and sending by hand. */
export const messageRoutes = (deps: Deps): Route[] => [
  post(
    '/api/notifications/send',
    {
      access: send,
      summary: 'Send a message to a user, to whoever placed an order, or to an address',
      description:
        'Either a template (`GET /api/notifications/templates` says which may be sent by hand), or a subject and a text of your own.',
      body: ByHand,
      response: MessageView,
      status: 202,
      errors: [errors.recipientMissing, errors.contentMissing, errors.templateNotFound, errors.notByHand],
    },
    ({ tx, body }) => sendByHand(tx, body),
  ),
  get(
    '/api/notifications',
    {
      access: read,
      summary: 'Log of messages, newest first',
      query: messageList.query(MessageFilters),
      response: page(MessageView),
    },
    ({ query }) => listMessages(deps.db.read, query),
  ),
  get(
    '/api/notifications/stats',
    {
      access: read,
      summary: 'Delivery figures',
      query: closed({ hours: Type.Integer({ minimum: 1, maximum: 720, default: 24 }) }),
      response: Stats,
    },
    ({ query }) => messageStats(deps.db.read, query.hours),
  ),
  get(
    '/api/notifications/:id',
    { access: read, summary: 'One message of the log', params: Id, response: MessageView, errors: [errors.notFound] },
    async ({ params }) => {
      const found = await messageById(deps.db.sql, params.id)
      if (!found) throw errors.notFound()
      return found
    },
  ),
  post(
    '/api/notifications/:id/resend',
    {
      access: send,
      summary: 'Send a message again',
      params: Id,
      response: MessageView,
      status: 202,
      errors: [errors.notFound, errors.stillQueued],
    },
    ({ tx, params }) => resendMessage(tx, params.id),
  ),
  post(
    '/api/notifications/suppressions/lift',
    {
      access: send,
      summary: 'Write to an address again that bounced or complained',
      body: closed({ address: Address }),
      status: 204,
    },
    async ({ tx, body }) => {
      await tx`delete from suppressions where address_hash = ${addressHash(deps.addressKey, body.address)}`
    },
  ),
  post(
    '/api/notifications/receipts',
    {
      access: anyone,
      summary: 'What became of a message, told by the provider',
      description:
        'Signed as Standard Webhooks are. Body: `{"messageId": "…", "outcome": "delivered" | "bounced" | "complained", "permanent"?: true}`.',
      rawBody: true,
      idempotency: 'none',
      status: 204,
      errors: [errors.badSignature, errors.badReceipt],
    },
    ({ tx, headers, rawBody }) => receiveReceipt(deps, tx, headers, rawBody ?? Buffer.alloc(0)),
  ),
]
