import type { FastifyRequest } from 'fastify'
import type { IncomingMessage } from 'node:http'
import { errors } from './errors.ts'

/**
 * Reads the body of a form with files, at most so many bytes. Whoever promises more is refused before anything is read; whoever sends more
 * than promised, at the byte too many. Throws `http/too-large`.
 */
export async function readForm(request: FastifyRequest, payload: IncomingMessage, limit: number): Promise<Buffer> {
  const tooLarge = () => errors.tooLarge({ maxBytes: limit })
  if (Number(request.headers['content-length'] ?? 0) > limit) throw tooLarge()
  const parts: Buffer[] = []
  let size = 0
  for await (const part of payload as AsyncIterable<Buffer>) {
    size += part.length
    if (size > limit) throw tooLarge()
    parts.push(part)
  }
  return Buffer.concat(parts)
}
