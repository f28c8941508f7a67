import { Readable, Transform } from 'node:stream'
import type { FastifyRequest } from 'fastify'
import { errors } from '../errors.ts'

/** Bodies up to this size are read before they are passed on: a slow client then holds no connection behind us, and a second attempt has them. */
const HELD_BYTES = 64 * 1024

/**
 * The body to pass on: bytes where it is small and its length known, else a stream that breaks off with `http/too-large` past `limit`
 * bytes. Undefined for none. Rejects with `http/too-large` before anything is read where the length says so.
 */
export async function bodyToForward(request: FastifyRequest, limit: number): Promise<Buffer | Readable | undefined> {
  const stream = request.body
  if (!(stream instanceof Readable)) return undefined
  const length = request.headers['content-length']
  if (length !== undefined && Number(length) > limit) throw errors.tooLarge()
  if (length !== undefined && Number(length) <= HELD_BYTES) return await collect(stream)
  return metered(stream, limit)
}

async function collect(stream: Readable): Promise<Buffer | undefined> {
  const chunks: Buffer[] = []
  try {
    for await (const chunk of stream) chunks.push(chunk as Buffer)
  } catch (cause) {
    throw errors.malformedRequest({}, { cause })
  }
  return chunks.length === 0 ? undefined : Buffer.concat(chunks)
}

/** Not `pipeline`: when the other side breaks off, the client's connection has to live on for our answer. */
function metered(stream: Readable, limit: number): Readable {
  let bytes = 0
  const meter = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length
      if (bytes > limit) done(errors.tooLarge())
      else done(null, chunk)
    },
  })
  const broken = () => void meter.destroy(errors.malformedRequest())
  stream.once('error', broken)
  stream.once('close', () => {
    if (!stream.readableEnded) broken()
  })
  meter.on('error', () => undefined)
  return stream.pipe(meter)
}
