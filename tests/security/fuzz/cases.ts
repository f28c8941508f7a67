import fc, { type Arbitrary } from 'fast-check'
import { fitting } from './arbitraries.ts'
import type { Operation, Parameter } from './operations.ts'
import type { Pool } from './pool.ts'
import { violationsOf } from './violations.ts'

/** What is sent, and what has to come back. */
export interface Case {
  readonly kind: 'fitting' | 'violated' | 'wrong content type' | 'without token' | 'not JSON'
  /** which rule is broken */
  readonly rule: string
  readonly method: string
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | undefined
}

/** The parts of a request before ids that exist are put into it. */
interface Draft {
  readonly path: Readonly<Record<string, unknown>>
  readonly picks: readonly number[]
  readonly query: Readonly<Record<string, unknown>>
  readonly body: unknown
  /** which of the broken variants, as a fraction of their number */
  readonly chosen: number
  readonly kind: Case['kind']
}

const parametersOf = (operation: Operation, place: Parameter['in']) => operation.parameters.filter((one) => one.in === place)

/** Drafts of requests: half of them fit the document, the others break it in exactly one place. */
export function drafts(operation: Operation): Arbitrary<Draft> {
  const values = (place: Parameter['in']) =>
    fc.record(Object.fromEntries(parametersOf(operation, place).map(({ name, schema }) => [name, fitting(schema)])), {
      requiredKeys: parametersOf(operation, place)
        .filter(({ required }) => required)
        .map(({ name }) => name),
    })
  const kinds: Case['kind'][] = ['fitting', 'violated']
  if (operation.body) kinds.push('wrong content type', 'not JSON')
  if (!operation.open) kinds.push('without token')
  return fc.record({
    path: values('path'),
    picks: fc.array(fc.nat(999), { minLength: 3, maxLength: 3 }),
    query: values('query'),
    body: operation.body ? fitting(operation.body.schema) : fc.constant(undefined),
    chosen: fc.nat(9_999),
    kind: fc.oneof(
      { weight: 5, arbitrary: fc.constant<Case['kind']>('fitting') },
      { weight: 5, arbitrary: fc.constantFrom(...kinds) },
    ),
  })
}

function queryOf(operation: Operation, query: Readonly<Record<string, unknown>>): string {
  const search = new URLSearchParams()
  const joined = new Set(operation.parameters.filter(({ explode }) => explode === false).map(({ name }) => name))
  for (const [name, value] of Object.entries(query))
    for (const one of Array.isArray(value) && !joined.has(name) ? value : [value]) search.append(name, String(one))
  const text = search.toString()
  return text === '' ? '' : `?${text}`
}

/** Eureka's protocol puts metadata of any name into the query. */
const TAKES_ANY_QUERY = /^PUT \/eureka\/.*\/metadata$/

/** Broken queries: as text everything is a string, so only these say something. */
function brokenQueries(operation: Operation, query: Readonly<Record<string, unknown>>) {
  const found: { rule: string; query: Record<string, unknown> }[] = TAKES_ANY_QUERY.test(operation.label)
    ? []
    : [{ rule: '?no-such-parameter', query: { ...query, 'no-such-parameter': '1' } }]
  for (const { name, schema } of parametersOf(operation, 'query')) {
    const type = schema.type
    if (type === 'integer' || type === 'number' || type === 'boolean')
      found.push({ rule: `?${name} no ${String(type)}`, query: { ...query, [name]: 'none' } })
    if (type === 'integer' && schema.maximum !== undefined)
      found.push({ rule: `?${name} too large`, query: { ...query, [name]: String(schema.maximum + 1) } })
    if (type === 'integer' && schema.minimum !== undefined)
      found.push({ rule: `?${name} too small`, query: { ...query, [name]: String(schema.minimum - 1) } })
    if (type === 'string' && schema.maxLength !== undefined && schema.maxLength < 5_000)
      found.push({ rule: `?${name} too long`, query: { ...query, [name]: 'a'.repeat(schema.maxLength + 1) } })
    if (schema.items?.enum) found.push({ rule: `?${name} not in the list`, query: { ...query, [name]: 'no-such-word' } })
    if (schema.enum || schema.anyOf?.every((one) => one.const !== undefined))
      found.push({ rule: `?${name} not in the list`, query: { ...query, [name]: 'no-such-word' } })
  }
  return found
}

/** The request of a draft; ids in its address are taken from what is known where there is something. */
export function caseOf(operation: Operation, draft: Draft, pool: Pool): Case {
  const names = parametersOf(operation, 'path').map(({ name }) => name)
  const path = operation.path.replace(/\{(\w+)\}/g, (_, name: string) => {
    const pick = draft.picks[names.indexOf(name)] ?? 0
    // one in four stays invented
    const known = pick % 4 === 0 ? undefined : pool.known(operation.path, name, pick)
    return encodeURIComponent(known ?? String(draft.path[name])).replace(/^\.+$/, 'x')
  })
  const base = { method: operation.method, rule: '', kind: draft.kind }
  const url = path + queryOf(operation, draft.query)
  const json = { 'content-type': 'application/json' }
  const text = draft.body === undefined ? undefined : JSON.stringify(draft.body)
  const whole = { ...base, url, headers: text === undefined ? {} : json, body: text }
  switch (draft.kind) {
    case 'wrong content type':
      return text === undefined ? { ...whole, kind: 'fitting' } : { ...whole, headers: { 'content-type': 'text/plain' } }
    case 'not JSON':
      return { ...base, url, headers: json, body: `${text ?? ''}}` }
    case 'violated': {
      const bodies = operation.body ? violationsOf(operation.body.schema, draft.body) : []
      const queries = brokenQueries(operation, draft.query)
      const chosen = draft.chosen % (bodies.length + queries.length)
      const body = bodies[chosen]
      if (body) return { ...base, url, rule: body.rule, headers: json, body: JSON.stringify(body.value) }
      const { rule, query } = queries[chosen - bodies.length] as (typeof queries)[number]
      return { ...whole, rule, url: path + queryOf(operation, query) }
    }
    default:
      return whole
  }
}

/** The request as a line for a shell. */
export function curlOf(one: Case, base: string): string {
  const quote = (text: string) => `'${text.replaceAll("'", "'\\''")}'`
  const headers = Object.entries(one.headers).map(([name, value]) => `-H ${quote(`${name}: ${value}`)}`)
  const token = one.kind === 'without token' ? [] : ['-H "authorization: Bearer $TOKEN"']
  const body = one.body === undefined ? [] : [`--data-raw ${quote(one.body.slice(0, 1500))}`]
  return ['curl', '-i', '-X', one.method, ...token, ...headers, ...body, quote(`${base}${one.url}`)].join(' ')
}
