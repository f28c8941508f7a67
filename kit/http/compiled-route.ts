import type { FastifyRequest } from 'fastify'
import Type, { type TSchema } from 'typebox'
import { renderer } from './answer.ts'
import { parseJsonBody } from './body.ts'
import { errors } from './errors.ts'
import type { ChannelDirectory } from './negotiation.ts'
import type { Priority } from './load-shedding.ts'
import { HttpRequest } from './request.ts'
import { parseFields, type SelectableFields, selectableFields } from './sparse-fields.ts'
import type { Access, Route, RouteSpec } from './route.ts'
import { openObjects, type Validate, validator } from './validation.ts'

/** What the edge, metrics and logs know about a route; one object per route, never per request. */
export interface RouteFacts {
  readonly service: string
  readonly method: Route['method']
  readonly path: string
  /** `GET /api/orders/:id` */
  readonly label: string
  readonly access: Access
  readonly rateLimit: { max: number; windowSeconds: number } | undefined
  /** health, metrics, documentation: not counted against anybody's limit, not logged when fine */
  readonly operational: boolean
  /** who gives way first under overload */
  readonly priority: Priority
  /** its answers go on until one side ends them */
  readonly endless?: boolean | undefined
  /** What it waits for is a request of its own, which takes the place: it is asked at the door and takes none itself. */
  readonly passesOn?: boolean
}

export type Idempotency = NonNullable<RouteSpec['idempotency']>

export interface CompiledRoute {
  readonly facts: RouteFacts
  readonly route: Route
  readonly idempotency: Idempotency | undefined
  /** Refuses a content type this route does not take, before the body is read. */
  readonly checkContentType: (request: FastifyRequest) => void
  /** Parses and validates; throws DomainErrors. */
  readonly read: (request: FastifyRequest, channels: ChannelDirectory) => HttpRequest
  readonly render: ReturnType<typeof renderer>
}

/** The query of every GET that answers JSON. */
export const EVERY_GET = {
  locale: Type.Optional(Type.String({ maxLength: 35 })),
  fields: Type.Optional(
    Type.String({
      maxLength: 1000,
      description:
        'Names with commas between: the answer, or each entry of a list, then has these fields only, not even the required others.',
    }),
  ),
}
const EveryCommand = { locale: Type.Optional(Type.String({ maxLength: 35 })) }
const NoBody = Type.Object({}, { additionalProperties: false })

/** The declared query plus what every route understands. */
export function querySchema(route: Route): TSchema {
  const declared = route.spec.query as (TSchema & { properties?: Record<string, TSchema> }) | undefined
  const everywhere = route.method === 'GET' && route.spec.response ? EVERY_GET : EveryCommand
  if (!declared) return Type.Object(everywhere, { additionalProperties: false })
  return { ...declared, properties: { ...everywhere, ...declared.properties } } as TSchema
}

function checkSchemas(where: string, spec: RouteSpec): void {
  for (const part of ['params', 'query', 'body'] as const) {
    const schema = spec[part] as (TSchema & { type?: string }) | undefined
    if (!schema) continue
    if (part !== 'body' && schema.type !== 'object') throw new Error(`${where}: the ${part} schema must be one object`)
    const open = openObjects(schema)
    if (open.length > 0)
      throw new Error(`${where}: the ${part} schema lets unknown fields through at ${open.join(', ')}: use closed({...})`)
  }
  if (spec.body && (spec.consumes || spec.rawBody) && spec.consumes)
    throw new Error(`${where}: a route that consumes ${spec.consumes} gets a Buffer and has no body schema`)
}

const JSON_TYPES = ['application/json', 'application/merge-patch+json']

function contentTypeCheck(route: Route): CompiledRoute['checkContentType'] {
  const { consumes, rawBody } = route.spec
  const allowed = consumes ? consumes.split(',').map((type) => type.trim().toLowerCase()) : JSON_TYPES
  const matches = (type: string) =>
    allowed.some((one) => one === '*/*' || one === type || (one.endsWith('/*') && type.startsWith(one.slice(0, -1))))
  return (request) => {
    const { headers } = request
    const empty =
      headers['transfer-encoding'] === undefined && (headers['content-length'] === undefined || headers['content-length'] === '0')
    if (empty) return
    if (headers['content-encoding'] !== undefined && headers['content-encoding'] !== 'identity') {
      throw errors.unsupportedMediaType({}, { fields: [{ pointer: '', message: 'compressed bodies are not accepted' }] })
    }
    const type = (headers['content-type'] ?? '').split(';', 1)[0]!.trim().toLowerCase()
    if (!matches(type) && !(rawBody && !route.spec.body)) throw errors.unsupportedMediaType({ accepted: allowed })
  }
}

function bodyReader(route: Route): (request: FastifyRequest) => { body: unknown; rawBody: Buffer | undefined } {
  const { spec } = route
  if (route.method === 'GET') return () => ({ body: undefined, rawBody: undefined })
  if (spec.consumes) return (request) => ({ body: request.body, rawBody: spec.rawBody ? (request.body as Buffer) : undefined })
  if (spec.rawBody && !spec.body)
    return (request) => ({ body: undefined, rawBody: (request.body as Buffer | undefined) ?? Buffer.alloc(0) })
  const validate: Validate = validator(spec.body ?? NoBody, 'body')
  return (request) => {
    const bytes = request.body as Buffer | undefined
    let body = bytes ? parseJsonBody(bytes) : undefined
    // A route without a body takes none, or an empty object from clients that always send one.
    if (body === undefined && !spec.body) return { body: undefined, rawBody: undefined }
    if (body === undefined && acceptsEmpty(spec.body)) body = {}
    validate(body)
    return { body, rawBody: spec.rawBody ? bytes : undefined }
  }
}

/** An object without required fields may be left out altogether. */
function acceptsEmpty(schema: TSchema | undefined): boolean {
  const node = schema as { type?: string; required?: unknown[] } | undefined
  return node?.type === 'object' && (node.required?.length ?? 0) === 0
}

/** Looking around gives way to what people do with things of their own. */
function usualPriority({ kind }: Access, method: Route['method']): Priority {
  if (kind === 'internal') return 'high'
  return method === 'GET' && kind === 'anyone' ? 'low' : 'normal'
}

/** Whether the Idempotency-Key of a request means anything to the route. */
export const takesKey = (method: Route['method'], idempotency: Idempotency | undefined): boolean =>
  method !== 'GET' && idempotency !== 'none' && idempotency !== 'read'

/** Prepares a route once: checks at boot what can be checked, compiles schemas at first use. */
export function compileRoute(service: string, route: Route, options: { operational?: boolean } = {}): CompiledRoute {
  const { spec, method, path } = route
  const label = `${method} ${path}`
  checkSchemas(`${service}: ${label}`, spec)
  if (spec.cached && (method !== 'GET' || spec.access.kind !== 'anyone'))
    throw new Error(`${service}: ${label} cannot be cached: only GETs that anyone may call`)
  const validateQuery = validator(querySchema(route), 'query')
  const validateParams = spec.params ? validator(spec.params, 'params') : undefined
  const selectable = method === 'GET' ? selectableFields(spec.response) : undefined
  const readBody = bodyReader(route)
  const idempotency = method === 'GET' ? undefined : (spec.idempotency ?? 'transaction')
  const keyed = takesKey(method, idempotency)
  const versioned = spec.versioned === true
  return {
    route,
    idempotency,
    facts: {
      service,
      method,
      path,
      label,
      access: spec.access,
      rateLimit: spec.rateLimit,
      operational: options.operational ?? false,
      priority: spec.priority ?? usualPriority(spec.access, method),
      endless: spec.endless,
    },
    checkContentType: contentTypeCheck(route),
    read(request, channels) {
      if (request.url.includes('%00')) throw errors.malformedRequest()
      if (validateParams) validateParams(request.params)
      validateQuery(request.query)
      // before the work, not when its result is cut down
      const fields = selectable && (request.query as { fields?: unknown }).fields
      if (typeof fields === 'string') parseFields(fields, selectable as SelectableFields)
      const { body, rawBody } = readBody(request)
      return new HttpRequest(request, { body, rawBody, channels, versioned, keyed })
    },
    render: renderer(method, spec),
  }
}
