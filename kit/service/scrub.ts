/**
 * What may stand in a log line. Numbers, booleans, times and ids may. Text may only under the keys listed here, and even
 * then without what looks like an address, a card number or a token. Everything else becomes `[hidden]`: a new field is
 * safe until somebody decides that it is.
 */
const allowedText = new Set([
  'action', 'aggregate', 'app', 'carrier', 'channel', 'code', 'command', 'consumer', 'currency', 'dir', 'driver', 'environment', 'epoch', 'event',
  'file', 'folder', 'gateway', 'group', 'host', 'ip', 'job', 'key', 'kind', 'level', 'locale', 'method', 'migration', 'mode', 'msg',
  'name', 'operation', 'outcome', 'owner', 'path', 'phase', 'process', 'protocol', 'reason', 'relay', 'route', 'schema', 'scope', 'service', 'set',
  'signal', 'sku', 'source', 'state', 'status', 'step', 'strategy', 'table', 'template', 'topic', 'topics', 'type', 'url', 'version', 'wished', 'worker',
]) // biome-ignore format: a table reads better in rows

/** Longer than any fact; a body or a document ends here. */
const longestText = 500
const deepest = 4

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i
const time = /^\d{4}-\d{2}-\d{2}(T[\d:.]+(Z|[+-]\d{2}:?\d{2}))?$/
const orderNumber = /^ORD-[0-9A-Z]{10}$/
const isId = (text: string) => uuid.test(text) || time.test(text) || orderNumber.test(text)
/** Whatever stands under such a name is nobody's business, number or id. */
const neverKey = /passw|secret|token|seed|cookie|authorization|otp|cvc|cvv|card|iban/i
/** Names of fields are few and come with every line. */
const judged = new Map<string, boolean>()
function isNeverKey(key: string): boolean {
  const known = judged.get(key)
  if (known !== undefined) return known
  if (judged.size >= 1000) judged.clear()
  const never = neverKey.test(key)
  judged.set(key, never)
  return never
}

/** Cleans the fields of one log call. Never throws: a log line must not break the work it reports. */
export function scrubFields(fields: object): Record<string, unknown> {
  const clean: Record<string, unknown> = {}
  for (const [key, value] of Object.entries(fields)) clean[key] = scrubValue(key, value)
  return clean
}

/** One of them. */
export function scrubValue(key: string, value: unknown, depth = 0): unknown {
  if (isNeverKey(key)) return '[hidden]'
  if (value === null || value === undefined || typeof value === 'boolean') return value
  if (typeof value === 'number' || typeof value === 'bigint')
    return looksLikeCard(String(value)) ? '[hidden]' : typeof value === 'bigint' ? String(value) : value
  if (typeof value === 'string')
    return isId(value) ? value : allowedText.has(key) || /(Name|Id|Ids|etag|checksum)$/.test(key) ? scrubText(value) : '[hidden]'
  if (value instanceof Error) return scrubError(value, depth)
  if (value instanceof Date) return value.toISOString()
  if (typeof value !== 'object' || depth >= deepest || ArrayBuffer.isView(value)) return '[hidden]'
  if (Array.isArray(value)) return value.slice(0, 50).map((item) => scrubValue(key, item, depth + 1))
  const clean: Record<string, unknown> = {}
  for (const [name, inner] of Object.entries(value)) clean[name] = scrubValue(name, inner, depth + 1)
  return clean
}

/** PostgreSQL puts the offending row's values into `detail` and the statement into `query`: neither is taken over. */
function scrubError(error: Error, depth: number): Record<string, unknown> {
  const { code, kind, constraint, cause } = error as Error & { code?: unknown; kind?: unknown; constraint?: unknown }
  return {
    type: error.name,
    message: scrubText(error.message),
    ...(typeof code === 'string' ? { code: scrubText(code) } : {}),
    ...(typeof kind === 'string' ? { kind } : {}),
    ...(typeof constraint === 'string' ? { constraint } : {}),
    ...(error.stack ? { stack: scrubText(stackOnly(error.stack), 4000) } : {}),
    ...(cause instanceof Error && depth < deepest ? { cause: scrubError(cause, depth + 1) } : {}),
  }
}

/** The frames without the message, which stands beside them. */
const stackOnly = (stack: string) =>
  stack
    .split('\n')
    .filter((line) => line.startsWith('    at '))
    .join('\n')

const patterns: readonly (readonly [RegExp, string])[] = [
  [/\beyJ[\w-]+\.[\w-]+(\.[\w-]*)?/g, '[token]'],
  [/\b(bearer|basic)\s+\S+/gi, '$1 [hidden]'],
  [/([a-z][a-z0-9+.-]*:\/\/[^\s:/@]*):[^\s@/]+@/gi, '$1:[hidden]@'],
  [/[\w.!#$%&'*+/=?^`{|}~-]+@[\w-]+(\.[\w-]+)+/g, '[address]'],
  [/\b((?:password|passwd|token|secret|code|key|signature)=)[^&\s]+/gi, '$1[hidden]'],
]

/** Without one of these none of the patterns can match: one look instead of six for the lines of every request. */
const suspicious = /[@=]|:\/\/|eyJ|bearer\s|basic\s|\d(?:[ -]?\d){12}/i

/** Takes addresses, card numbers, tokens and passwords out of a text, and cuts it. */
export function scrubText(text: string, longest = longestText): string {
  let clean = text.length > longest ? `${text.slice(0, longest)}…` : text
  if (!suspicious.test(clean)) return clean
  for (const [pattern, replacement] of patterns) clean = clean.replace(pattern, replacement)
  return clean.replace(/\b\d(?:[ -]?\d){12,18}\b/g, (digits) => (looksLikeCard(digits.replace(/[ -]/g, '')) ? '[card]' : digits))
}

function looksLikeCard(digits: string): boolean {
  if (!/^\d{13,19}$/.test(digits)) return false
  let sum = 0
  for (let index = 0; index < digits.length; index += 1) {
    const digit = Number(digits[digits.length - 1 - index]) * (index % 2 === 1 ? 2 : 1)
    sum += digit > 9 ? digit - 9 : digit
  }
  return sum % 10 === 0
}
