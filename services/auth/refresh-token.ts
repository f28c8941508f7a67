import { randomBytes } from 'node:crypto'
import { hashSecret, mac, sameBytes } from './keyed-hash.ts'

/**
 * A refresh token is `<session id 16><generation 4><secret 32><mark 16>` in base64url. The mark shows that we issued it:
 * an old token that comes back is told apart from an invented one, so inventing tokens ends nobody's session.
 */
export interface RefreshToken {
  readonly text: string
  readonly sessionId: string
  readonly generation: number
  /** what the database keeps */
  readonly hash: Buffer
}

const LENGTH = 68

function build(key: Buffer, sessionId: string, generation: number, secret: Buffer): RefreshToken {
  const head = Buffer.alloc(20)
  head.write(sessionId.replaceAll('-', ''), 'hex')
  head.writeUInt32BE(generation, 16)
  const body = Buffer.concat([head, secret])
  const text = Buffer.concat([body, mac(key, 'mark', body).subarray(0, 16)]).toString('base64url')
  return { text, sessionId, generation, hash: hashSecret(text) }
}

/** First token of a new session. */
export function firstRefreshToken(key: Buffer, sessionId: string): RefreshToken {
  return build(key, sessionId, 1, randomBytes(32))
}

/**
 * The one that follows. It is derived from its predecessor and our key: whoever lost the answer and asks again with the
 * same token gets the same successor, and nothing but hashes is stored.
 */
export function successor(key: Buffer, token: RefreshToken): RefreshToken {
  return build(key, token.sessionId, token.generation + 1, mac(key, 'successor', token.text))
}

/** Reads a token; `undefined` for anything we did not issue. Whether it is still the current one the database knows. */
export function parseRefreshToken(key: Buffer, text: string): RefreshToken | undefined {
  if (text.length !== 91 || !/^[\w-]+$/.test(text)) return undefined
  const bytes = Buffer.from(text, 'base64url')
  // one spelling only: unused bits of the last character must not make a second token
  if (bytes.length !== LENGTH || bytes.toString('base64url') !== text) return undefined
  const body = bytes.subarray(0, LENGTH - 16)
  if (!sameBytes(mac(key, 'mark', body).subarray(0, 16), bytes.subarray(LENGTH - 16))) return undefined
  const hex = bytes.toString('hex', 0, 16)
  const sessionId = `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
  return { text, sessionId, generation: bytes.readUInt32BE(16), hash: hashSecret(text) }
}
