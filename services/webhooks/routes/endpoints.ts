import Type from 'typebox'
import { Nullable, Timestamp, Uuid } from '#contracts/values.ts'
import { can, del, get, patch, post, type Route } from '#kit/http/route.ts'
import { page } from '#kit/http/paging.ts'
import { closed } from '#kit/messaging/event.ts'
import { rotateSecret } from '../commands/rotate-secret.ts'
import { addEndpoint, changeEndpoint, removeEndpoint } from '../commands/save-endpoint.ts'
import type { Deps } from '../deps.ts'
import { errors } from '../errors.ts'
import { publicEvents } from '../public-events.ts'
import { endpointById, endpointList, EndpointView, listEndpoints, secretsOf } from '../queries/endpoints.ts'

export const access = can('webhooks:write')
const tags = { access }
const Id = closed({ id: Uuid })
const Url = Type.String({ minLength: 1, maxLength: 2000 })
const Description = Type.String({ maxLength: 500 })
const Events = Type.Array(Type.String({ minLength: 1, maxLength: 100 }), {
  minItems: 1,
  maxItems: 100,
  description: '`*`, a topic like `order.*`, or one event like `OrderCreated.v1`',
})
const PublicEvent = closed({ type: Type.String(), topic: Type.String(), summary: Type.String() })
const Secrets = closed({ secret: Type.String(), previous: Nullable(Type.String()), previousUntil: Nullable(Timestamp) })

/** Where webhooks go, and what signs them. */
export const endpointRoutes = (deps: Deps): Route[] => [
  get(
    '/api/webhooks/events',
    { ...tags, summary: 'Events that can be subscribed to', response: closed({ events: Type.Array(PublicEvent) }) },
    async () => ({
      events: [...publicEvents.values()].map(({ type, aggregate, summary }) => ({ type, topic: aggregate, summary })),
    }),
  ),
  get(
    '/api/webhooks',
    { ...tags, summary: 'Endpoints', query: endpointList.query({}), response: page(EndpointView) },
    ({ query }) => listEndpoints(deps.db.read, query),
  ),
  post(
    '/api/webhooks',
    {
      ...tags,
      summary: 'Add an endpoint',
      description: 'It gets a secret of its own, to be read at `/api/webhooks/{id}/secret`.',
      body: closed({ url: Url, events: Events, description: Type.Optional(Description) }),
      response: EndpointView,
      status: 201,
      versioned: true,
      errors: [errors.badUrl, errors.unknownEvents],
    },
    ({ tx, body }) => addEndpoint(deps, tx, { description: '', ...body }),
  ),
  get(
    '/api/webhooks/:id',
    { ...tags, summary: 'One endpoint', params: Id, response: EndpointView, versioned: true, errors: [errors.notFound] },
    ({ params }) => endpointById(deps.db.sql, params.id),
  ),
  patch(
    '/api/webhooks/:id',
    {
      ...tags,
      summary: 'Change an endpoint, switch it off or on',
      params: Id,
      body: closed({
        url: Type.Optional(Url),
        events: Type.Optional(Events),
        description: Type.Optional(Description),
        enabled: Type.Optional(Type.Boolean()),
      }),
      response: EndpointView,
      versioned: true,
      errors: [errors.notFound, errors.badUrl, errors.unknownEvents, errors.versionConflict],
    },
    ({ tx, params, body, expectedVersion }) => changeEndpoint(deps, tx, params.id, body, expectedVersion),
  ),
  del(
    '/api/webhooks/:id',
    { ...tags, summary: 'Remove an endpoint with its log', params: Id, status: 204, errors: [errors.notFound] },
    ({ tx, params }) => removeEndpoint(tx, params.id),
  ),
  get(
    '/api/webhooks/:id/secret',
    {
      ...tags,
      summary: 'The secrets that sign, to be pasted into the receiver',
      params: Id,
      response: Secrets,
      errors: [errors.notFound],
    },
    ({ params }) => secretsOf(deps, params.id),
  ),
  post(
    '/api/webhooks/:id/secret/rotate',
    {
      ...tags,
      summary: 'Make a new secret; the old one signs too for a day',
      params: Id,
      response: EndpointView,
      versioned: true,
      errors: [errors.notFound],
    },
    ({ tx, params }) => rotateSecret(deps, tx, params.id),
  ),
]
