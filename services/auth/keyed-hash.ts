import { createHash, createHmac, timingSafeEqual } from 'node:crypto'

/** Keyed hash of a few parts; lengths are part of it, so `ab|c` and `a|bc` differ. */
export function mac(key: Buffer, ...parts: readonly (string | Buffer)[]): Buffer {
  const hmac = createHmac('sha256', key)
  for (const part of parts) {
    const bytes = typeof part === 'string' ? Buffer.from(part) : part
    const length = Buffer.alloc(4)
    length.writeUInt32BE(bytes.length)
    hmac.update(length).update(bytes)
  }
  return hmac.digest()
}

/** Hash of a random secret, as it is stored. Not for passwords: they are guessable. */
export function hashSecret(secret: string | Buffer): Buffer {
  return createHash('sha256').update(secret).digest()
}

export function sameBytes(a: Buffer, b: Buffer): boolean {
  return a.length === b.length && timingSafeEqual(a, b)
}
