import { Readable } from 'node:stream'
import type { FastifyReply, FastifyRequest } from 'fastify'
import fastJson from 'fast-json-stringify'
import type { TSchema } from 'typebox'
import { etagOfBytes, etagOfVersion, isNotModified } from './etag.ts'
import type { HttpRequest } from './request.ts'
import { Reply, type RouteSpec } from './route.ts'
import { parseFields, selectableFields, selectFields } from './sparse-fields.ts'

/** An answer ready to be sent, or stored and sent. */
export interface Rendered {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | Buffer | Readable | undefined
  /** what the handler said about keeping it */
  readonly cache?: Reply['cache']
}

const JSON_TYPE = 'application/json; charset=utf-8'

const jsonSafe = (_key: string, value: unknown): unknown => (typeof value === 'bigint' ? Number(value) : value)

/** JSON by the response schema, compiled at the first answer. Only what the schema names leaves the house. */
function serializer(schema: TSchema | undefined): (value: unknown) => string {
  if (!schema) return (value) => JSON.stringify(value, jsonSafe)
  let write: ((value: unknown) => string) | undefined
  return (value) => {
    write ??= fastJson(schema as Parameters<typeof fastJson>[0]) as (value: unknown) => string
    return write(value)
  }
}

/** Turns what handlers of this route return into bytes and headers. */
export function renderer(method: string, spec: RouteSpec): (result: unknown, request: HttpRequest) => Rendered {
  const serialize = serializer(spec.response)
  const selectable = selectableFields(spec.response)
  const safe = method === 'GET'
  const contentType = spec.produces ?? (spec.response ? JSON_TYPE : undefined)
  const open = spec.access.kind === 'anyone'

  return (result, request) => {
    const reply = result instanceof Reply ? result : undefined
    const value: unknown = reply ? reply.body : result
    const headers: Record<string, string> = {}
    if (reply) for (const name in reply.headers) headers[name.toLowerCase()] = reply.headers[name] as string
    const status = reply?.status ?? spec.status ?? (value === undefined || value === null ? 204 : 200)

    let body: Rendered['body']
    if (value === undefined || value === null) {
      body = undefined
    } else if (Buffer.isBuffer(value) || value instanceof Readable) {
      headers['content-type'] ??= contentType ?? 'application/octet-stream'
      body = value
    } else if (typeof value === 'string' && (spec.produces || headers['content-type'])) {
      headers['content-type'] ??= contentType as string
      body = value
    } else {
      headers['content-type'] ??= status < 300 ? (contentType ?? JSON_TYPE) : JSON_TYPE
      body = status < 300 ? serialize(value) : JSON.stringify(value, jsonSafe)
    }

    if (safe && selectable && !(body instanceof Readable) && body !== undefined) {
      const fields = (request.query as { fields?: unknown } | null)?.fields
      if (typeof fields === 'string') {
        body = selectFields(body.toString(), parseFields(fields, selectable), selectable)
        delete headers['etag']
      }
    }
    if (request.readsLocale) headers['content-language'] ??= request.locale
    if (status < 300 && headers['etag'] === undefined) {
      const version = spec.versioned ? (value as { version?: number | bigint | string } | null | undefined)?.version : undefined
      if (version !== undefined && version !== null) headers['etag'] = etagOfVersion(version, headers['content-language'])
      else if (safe && body !== undefined && !(body instanceof Readable)) headers['etag'] = etagOfBytes(body)
    }
    if (request.readsLocale || request.readsChannel) {
      const vary = request.readsLocale ? 'Accept-Language, X-Channel' : 'X-Channel'
      headers['vary'] = headers['vary'] ? `${headers['vary']}, ${vary}` : vary
    }
    headers['cache-control'] ??= !safe ? 'no-store' : open && !request.readsPrincipal ? 'no-cache' : 'private, no-store'
    return { status, headers, body, cache: reply?.cache }
  }
}

/** Sends it; a GET whose tag the caller already has gets 304 without a body. */
export function send(request: FastifyRequest, reply: FastifyReply, answer: Rendered): void {
  if (reply.sent) return
  const { headers, body } = answer
  for (const name in headers) {
    if (name === 'vary') appendVary(reply, headers[name] as string)
    else reply.header(name, headers[name])
  }
  const etag = headers['etag']
  if (answer.status === 200 && etag !== undefined && (request.method === 'GET' || request.method === 'HEAD')) {
    if (isNotModified(request.headers['if-none-match'], etag)) {
      if (body instanceof Readable) body.destroy()
      reply.removeHeader('content-type')
      reply.code(304).send()
      return
    }
  }
  reply.code(answer.status)
  if (body instanceof Readable && request.method === 'HEAD') {
    body.destroy()
    reply.send()
    return
  }
  if (typeof body === 'string' && !isJson(headers['content-type'])) reply.send(Buffer.from(body))
  else reply.send(body)
}

const isJson = (type: string | undefined): boolean => type?.includes('json') ?? false

function appendVary(reply: FastifyReply, value: string): void {
  const present = reply.getHeader('vary')
  reply.header('vary', present ? `${String(present)}, ${value}` : value)
}
