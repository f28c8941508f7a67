import type { TSchema } from 'typebox'
import { EVERY_GET, querySchema, takesKey } from './compiled-route.ts'
import { errors } from './errors.ts'
import { KEY } from './idempotency.ts'
import { statusOf } from './problem.ts'
import type { Access, Route } from './route.ts'
import { selectableFields } from './sparse-fields.ts'
import type { ErrorDeclaration } from '#kit/core/errors.ts'

export interface ApiInfo {
  readonly title?: string | undefined
  readonly version?: string | undefined
}

type Json = Record<string, unknown>

const ProblemSchema: Json = {
  type: 'object',
  description: 'RFC 9457 problem. `code` is stable and documented under `type`.',
  required: ['type', 'title', 'status', 'code', 'detail', 'instance', 'traceId'],
  properties: {
    type: { type: 'string', format: 'uri-reference' },
    title: { type: 'string' },
    status: { type: 'integer' },
    code: { type: 'string', examples: ['http/invalid-input'] },
    detail: { type: 'string' },
    instance: { type: 'string' },
    traceId: { type: 'string', pattern: '^[0-9a-f]{32}$' },
    errors: {
      type: 'array',
      items: {
        type: 'object',
        required: ['pointer', 'message'],
        properties: {
          pointer: {
            type: 'string',
            description: 'JSON pointer into the body, `?name` for a query and `{name}` for a path parameter',
          },
          message: { type: 'string' },
        },
      },
    },
    details: { type: 'object', additionalProperties: true },
  },
}

/** The OpenAPI 3.1 document of these services: TypeBox schemas are JSON Schema and go in as they are. */
export function openApiDocument(
  services: readonly { name: string; summary?: string | undefined; routes: readonly Route[] }[],
  info: ApiInfo,
): Json {
  const paths: Record<string, Json> = {}
  for (const service of services) {
    for (const route of service.routes) {
      if (route.spec.access.kind === 'internal') continue
      const path = route.path.replace(/:([A-Za-z0-9_]+)/g, '{$1}')
      paths[path] = { ...paths[path], [route.method.toLowerCase()]: operation(service.name, route) }
    }
  }
  return {
    openapi: '3.1.0',
    info: {
      title: info.title ?? 'Souk',
      version: info.version ?? '0.1.0',
      description:
        'Money is integer minor units with a currency. Lists are paged by cursor. Unsafe requests take an Idempotency-Key. Errors are RFC 9457 problems. `/api/v1/**` is the same as `/api/**`; a version that is gone answers 410 with Sunset and Link.',
    },
    servers: [{ url: '/' }],
    tags: services.map(({ name, summary }) => ({ name, ...(summary ? { description: summary } : {}) })),
    paths,
    components: {
      schemas: { Problem: ProblemSchema },
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' },
        program: { type: 'http', scheme: 'basic' },
      },
    },
  }
}

function operationId(route: Route): string {
  const words = route.path
    .split('/')
    .filter(Boolean)
    .filter((word) => word !== 'api')
  return [route.method.toLowerCase(), ...words.map((word) => word.replace(/^:/, 'by-').replace(/[^A-Za-z0-9]+/g, '-'))].join('-')
}

function security(access: Access): Json {
  switch (access.kind) {
    case 'anyone':
      return { security: [] }
    case 'owner':
      return {
        security: access.guests ? [{ bearer: [] }, {}] : [{ bearer: [] }],
        'x-permission': access.permission,
        'x-access': 'owner',
      }
    case 'permission':
      return {
        security: [{ bearer: [] }, ...(access.programs ? [{ program: [] }] : [])],
        'x-permission': access.permission,
        'x-access': 'permission',
      }
    default:
      return { security: [{ bearer: [] }], 'x-access': access.kind }
  }
}

function operation(service: string, route: Route): Json {
  const { spec, method } = route
  return {
    tags: [service],
    operationId: operationId(route),
    summary: spec.summary,
    ...(spec.description ? { description: spec.description } : {}),
    ...security(spec.access),
    parameters: parameters(route),
    ...(method === 'GET' ? {} : requestBody(route)),
    responses: responses(route),
  }
}

type ObjectSchema = TSchema & { properties?: Record<string, Json>; required?: string[] }

function parameters(route: Route): Json[] {
  const { spec, method } = route
  const list: Json[] = []
  const params = spec.params as ObjectSchema | undefined
  for (const [, name] of route.path.matchAll(/:([A-Za-z0-9_]+)/g)) {
    const schema = params?.properties?.[name as string] ?? { type: 'string' }
    list.push({ name, in: 'path', required: true, schema, ...describe(schema) })
  }
  const query = querySchema(route) as ObjectSchema
  for (const [name, schema] of Object.entries(query.properties ?? {})) {
    const required = (query.required?.includes(name) ?? false) && schema['default'] === undefined
    const fields = name === 'fields' && (schema as unknown) === EVERY_GET.fields ? selectableFields(spec.response) : undefined
    if (fields) {
      const items = { type: 'string', enum: [...fields.names] }
      list.push({
        name,
        in: 'query',
        required,
        style: 'form',
        explode: false,
        schema: { type: 'array', items },
        ...describe(schema),
      })
      continue
    }
    list.push({ name, in: 'query', required, schema, ...describe(schema) })
  }
  if (takesKey(method, spec.idempotency)) {
    list.push({
      name: 'Idempotency-Key',
      in: 'header',
      required: false,
      schema: { type: 'string', pattern: KEY.source },
      description: 'The same key with the same request gives the same answer, once done.',
    })
  }
  if (spec.versioned && method !== 'GET')
    list.push({
      name: 'If-Match',
      in: 'header',
      required: false,
      schema: { type: 'string' },
      description: 'ETag of the version the change is based on',
    })
  if (method === 'GET') list.push({ name: 'If-None-Match', in: 'header', required: false, schema: { type: 'string' } })
  return list
}

const describe = (schema: Json): Json => (typeof schema['description'] === 'string' ? { description: schema['description'] } : {})

function requestBody(route: Route): Json {
  const { spec } = route
  if (spec.consumes) {
    const types = spec.consumes.split(',').map((type) => type.trim())
    return {
      requestBody: {
        required: true,
        content: Object.fromEntries(types.map((type) => [type, { schema: { type: 'string', format: 'binary' } }])),
      },
    }
  }
  if (!spec.body) return spec.rawBody ? { requestBody: { required: true, content: { 'application/json': { schema: {} } } } } : {}
  const schema = asSent(spec.body) as ObjectSchema
  return { requestBody: { required: (schema.required?.length ?? 0) > 0, content: { 'application/json': { schema } } } }
}

/** A field with a default need not be sent: the schema of what comes in names it as required, because that is what handlers get. */
function asSent(schema: unknown): Json {
  const one = schema as Json
  const properties = one['properties'] as Record<string, Json> | undefined
  const result: Json = { ...one }
  if (properties) {
    result['properties'] = Object.fromEntries(Object.entries(properties).map(([name, child]) => [name, asSent(child)]))
    const required = (one['required'] as string[] | undefined)?.filter((name) => properties[name]?.['default'] === undefined)
    if (required && required.length > 0) result['required'] = required
    else delete result['required']
  }
  for (const list of ['anyOf', 'oneOf', 'allOf'])
    if (Array.isArray(one[list])) result[list] = (one[list] as unknown[]).map((child) => asSent(child))
  if (one['items'] !== undefined) result['items'] = asSent(one['items'])
  return result
}

function implied(route: Route): ErrorDeclaration[] {
  const { access } = route.spec
  const list: ErrorDeclaration[] = [errors.invalidInput, errors.rateLimited, errors.unavailable, errors.headersTooLarge]
  if (access.kind !== 'anyone' || route.method !== 'GET') list.push(errors.invalidToken)
  if (access.kind === 'permission') list.push(errors.forbidden)
  if (route.path.includes(':')) list.push(errors.uriTooLong)
  if (route.method !== 'GET') {
    list.push(errors.tooLarge, errors.unsupportedMediaType, errors.cardNumber)
    if (takesKey(route.method, route.spec.idempotency)) list.push(errors.idempotencyInFlight, errors.idempotencyKeyReused)
  }
  if (route.spec.versioned && route.method !== 'GET') list.push(errors.preconditionFailed)
  return list
}

function contentOf({ produces, alsoProduces = [], response }: Route['spec']): Json | undefined {
  if (!produces) return response && { 'application/json': { schema: response } }
  const schemaOf = (type: string): Json =>
    type.includes('json') ? {} : { type: 'string', ...(type.startsWith('text/') ? {} : { format: 'binary' }) }
  return Object.fromEntries([produces, ...alsoProduces].map((type) => [type.split(';')[0] as string, { schema: schemaOf(type) }]))
}

function responses(route: Route): Json {
  const { spec } = route
  const status = spec.status ?? (spec.response || spec.produces ? 200 : 204)
  const content = contentOf(spec)
  const success = { description: spec.response || spec.produces ? 'Success' : 'Done', ...(content ? { content } : {}) }
  const result: Record<string, Json> = Object.fromEntries([status, ...(spec.alsoStatus ?? [])].map((one) => [one, success]))
  if (content && route.method === 'GET') result[304] = { description: 'Not changed since the `If-None-Match` of the request' }
  const byStatus = Map.groupBy([...(spec.errors ?? []), ...implied(route)], statusOf)
  for (const [number, list] of [...byStatus].sort(([a], [b]) => a - b)) {
    const codes = [...new Map(list.map((error) => [error.code, error])).values()]
    result[number] = {
      description: codes.map((error) => `\`${error.code}\`: ${error.message}`).join('\n\n'),
      content: {
        'application/problem+json': {
          schema: { $ref: '#/components/schemas/Problem' },
          examples: Object.fromEntries(codes.map((error) => [error.code.replace('/', '.'), { value: example(error, route) }])),
        },
      },
    }
  }
  return result
}

const example = (error: ErrorDeclaration, route: Route): Json => ({
  type: `/docs/errors#${error.code}`,
  title: error.kind,
  status: statusOf(error),
  code: error.code,
  detail: error.message,
  instance: route.path,
  traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
})
