import type { Socket } from 'node:net'
import { errors } from './errors.ts'
import { problemBody, statusOf } from './problem.ts'
import { requestId } from './trace.ts'

const BY_CODE: Record<string, (typeof errors)[keyof typeof errors]> = {
  HPE_HEADER_OVERFLOW: errors.headersTooLarge,
  ERR_HTTP_REQUEST_TIMEOUT: errors.requestTimeout,
}

const REASON: Record<number, string> = { 400: 'Bad Request', 408: 'Request Timeout', 431: 'Request Header Fields Too Large' }

/** Answers what was not HTTP enough to become a request (too slow, too large, malformed) and closes the connection. */
export function answerBrokenRequest(error: Error & { code?: string }, socket: Socket): void {
  // Browsers open connections in advance: one that nothing was asked on is closed without a word, which would be taken for the answer to the
  // request that is just leaving on it.
  const silent = error.code === 'ERR_HTTP_REQUEST_TIMEOUT' && socket.bytesRead === 0
  if (silent || error.code === 'ECONNRESET' || socket.destroyed || !socket.writable) {
    socket.destroy()
    return
  }
  const problem = (BY_CODE[error.code ?? ''] ?? errors.malformedRequest)()
  const status = statusOf(problem)
  const body = problemBody(problem, '', requestId({ headers: {} }))
  socket.end(
    `HTTP/1.1 ${status} ${REASON[status] ?? 'Bad Request'}\r\ncontent-type: application/problem+json; charset=utf-8\r\n` +
      `content-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
  )
}
