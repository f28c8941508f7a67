import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import { readXml, writeXml } from './xml.ts'
import { errors as httpErrors } from '#kit/http/errors.ts'
import { Reply } from '#kit/http/route.ts'

const compress = promisify(gzip)

type Format = 'json' | 'xml'

interface Headers {
  readonly accept?: string | undefined
  readonly 'accept-encoding'?: string | undefined
  readonly 'content-type'?: string | undefined
}

/** JSON for whoever names it, else XML: what the real server does, and old Java clients count on. */
const formatOf = ({ accept }: Headers): Format => (accept?.toLowerCase().includes('json') ? 'json' : 'xml')

const takesGzip = (headers: Headers): boolean =>
  /(?:^|[\s,])(?:x-)?gzip(?!\s*;\s*q=0(?:\.0*)?(?:[\s,]|$))/i.test(headers['accept-encoding'] ?? '')

/** A document as the caller reads it. */
export function documentReply(document: Record<string, unknown>, headers: Headers): Reply {
  const format = formatOf(headers)
  return new Reply(render(document, format), { status: 200, headers: headersOf(format) })
}

/** The same, compressed where the caller takes it: lists of a whole fleet. */
export async function compressedReply(document: Record<string, unknown>, headers: Headers): Promise<Reply> {
  const format = formatOf(headers)
  const body = Buffer.from(render(document, format))
  return takesGzip(headers) ? zipped(await compress(body), format) : new Reply(body, { headers: headersOf(format) })
}

const headersOf = (format: Format): Record<string, string> => ({
  'content-type': format === 'json' ? 'application/json' : 'application/xml',
  vary: 'Accept, Accept-Encoding',
})

const zipped = (body: Buffer, format: Format) =>
  new Reply(body, { headers: { ...headersOf(format), 'content-encoding': 'gzip' } })

const render = (document: Record<string, unknown>, format: Format): string =>
  format === 'json' ? JSON.stringify(document) : writeXml(document)

/** Keeps an answer as bytes until the fleet changes: everybody asks for it every few seconds. */
export function keptReply(
  make: () => Record<string, unknown>,
  versionOf: () => number,
): (headers: Headers) => Promise<Reply<Buffer>> {
  let kept: { version: number; plain: Map<Format, Buffer>; zipped: Map<Format, Promise<Buffer>> } | undefined
  return async (headers) => {
    if (kept?.version !== versionOf()) kept = { version: versionOf(), plain: new Map(), zipped: new Map() }
    const now = kept
    const format = formatOf(headers)
    const plain = now.plain.get(format) ?? Buffer.from(render(make(), format))
    now.plain.set(format, plain)
    if (!takesGzip(headers)) return new Reply(plain, { headers: headersOf(format) })
    const bytes = now.zipped.get(format) ?? compress(plain)
    now.zipped.set(format, bytes)
    return zipped(await bytes, format)
  }
}

/** The `instance` of a registration, JSON or XML. Throws `http/malformed-json` or `http/malformed-request`. */
export function readBody(body: Buffer, headers: Headers): unknown {
  const text = body.toString('utf8')
  if (headers['content-type']?.toLowerCase().includes('xml')) return readXml(text)['instance']
  let document: unknown
  try {
    document = JSON.parse(text)
  } catch (cause) {
    throw httpErrors.malformedJson({}, { cause })
  }
  return (document as { instance?: unknown } | null)?.instance
}
