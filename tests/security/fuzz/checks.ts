import { Ajv, type ValidateFunction } from 'ajv'
import formats from 'ajv-formats'
import type { Case } from './cases.ts'
import type { Operation } from './operations.ts'
import type { Schema } from './schema.ts'

export interface Received {
  readonly status: number
  readonly contentType: string
  readonly text: string
  readonly milliseconds: number
}

const ajv = new Ajv({ strict: false, allErrors: false })
;(formats as unknown as typeof formats.default)(ajv)
ajv.addSchema({ $id: 'document', type: 'object' })
const compiled = new WeakMap<object, ValidateFunction>()

function problemsOf(schema: object, value: unknown): string | undefined {
  const check = compiled.get(schema) ?? ajv.compile(schema)
  compiled.set(schema, check)
  return check(value) ? undefined : ajv.errorsText(check.errors)
}

const PROBLEM = {
  type: 'object',
  required: ['type', 'title', 'status', 'code', 'detail', 'instance', 'traceId'],
  properties: { status: { type: 'integer' }, code: { pattern: '^[a-z-]+/[a-z-]+$' }, traceId: { pattern: '^[0-9a-f]{32}$' } },
}

/** Stack frames, SQL, paths of the machine: nobody outside may see them. */
export const INSIDES =
  /node_modules|\bat \S+ \(|\.ts:\d|\/services\/|postgres(ql)?:\/\/|relation "|syntax error at|violates|ECONNREFUSED/

/**
 * What is wrong with an answer, by the names Schemathesis gives its checks; empty when nothing is. Slow means more than
 * 5 s: this machine does other things too.
 */
export function wrongs(operation: Operation, sent: Case, got: Received): string[] {
  const found: string[] = []
  const { status } = got
  if (status >= 500 && status !== 503) found.push(`not_a_server_error: ${status}`)
  if (!operation.responses.has(status) && !everywhere(sent, status))
    found.push(`status_code_conformance: ${status} is not documented`)
  if (got.milliseconds > 5_000) found.push(`response_time: ${Math.round(got.milliseconds)} ms`)
  if (status >= 400) {
    if (!got.contentType.startsWith('application/problem+json'))
      found.push(`content_type_conformance: ${got.contentType || 'none'}`)
    else {
      const wrong = problemsOf(PROBLEM, JSON.parse(got.text))
      if (wrong) found.push(`response_schema_conformance: problem ${wrong}`)
    }
    if (INSIDES.test(got.text)) found.push('error_leakage: the answer shows what is inside')
  } else if (status !== 204 && status !== 304) {
    const schema = operation.responses.get(status)
    if (schema && got.contentType.includes('json')) {
      const wrong = problemsOf(asked(schema, sent.url), JSON.parse(got.text))
      if (wrong) found.push(`response_schema_conformance: ${wrong}`)
    }
  }
  if (sent.kind === 'violated' && ![400, 415, 422].includes(status))
    found.push(`negative_data_rejection: ${status} for ${sent.rule}`)
  if (sent.kind === 'not JSON' && status !== 400) found.push(`negative_data_rejection: ${status} for what is no JSON`)
  if (sent.kind === 'wrong content type' && status !== 415) found.push(`negative_data_rejection: ${status} for text/plain`)
  if (sent.kind === 'without token' && status !== 401) found.push(`ignored_auth: ${status} without a token`)
  return found
}

/** The schema of an answer to `?fields=a,b`: only these fields, required others not among them. */
function asked(schema: Schema, url: string): Schema {
  const names =
    new URLSearchParams(url.split('?')[1])
      .get('fields')
      ?.split(',')
      .map((name) => name.trim())
      .filter(Boolean) ?? []
  if (names.length === 0 || !schema.properties) return schema
  const known = reduced.get(schema)?.get(names.join())
  if (known) return known
  const pick = (one: Schema): Schema => ({
    type: 'object',
    additionalProperties: false,
    properties: Object.fromEntries(Object.entries(one.properties ?? {}).filter(([name]) => names.includes(name))),
  })
  const entry = schema.properties['items']?.items
  const result = entry?.properties
    ? { ...schema, properties: { ...schema.properties, items: { type: 'array', items: pick(entry) } } }
    : pick(schema)
  reduced.set(schema, (reduced.get(schema) ?? new Map<string, Schema>()).set(names.join(), result))
  return result
}
const reduced = new WeakMap<Schema, Map<string, Schema>>()

/** Answers that need no line in every operation: no token, an address that the router cannot take. */
const everywhere = (sent: Case, status: number): boolean => (status === 401 && sent.kind === 'without token') || status === 414
