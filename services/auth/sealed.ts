import { createCipheriv, createDecipheriv, createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto'

const VERSION = 1

/**
 * Encrypts with AES-256-GCM. `bind` names the row (table and id): moved to another row the text does not open.
 * Layout: version 1, nonce 12, tag 16, text.
 */
export function seal(key: Buffer, bind: string, plain: Buffer): Buffer {
  const nonce = randomBytes(12)
  const cipher = createCipheriv('aes-256-gcm', aesKey(key), nonce).setAAD(Buffer.from(bind))
  const text = Buffer.concat([cipher.update(plain), cipher.final()])
  return Buffer.concat([Buffer.of(VERSION), nonce, cipher.getAuthTag(), text])
}

/** Opens what `seal` made; throws when key, row or a single bit differ. */
export function unseal(key: Buffer, bind: string, sealed: Buffer): Buffer {
  if (sealed[0] !== VERSION || sealed.length < 29) throw new Error('sealed value of an unknown form')
  const decipher = createDecipheriv('aes-256-gcm', aesKey(key), sealed.subarray(1, 13), { authTagLength: 16 }).setAAD(
    Buffer.from(bind),
  )
  decipher.setAuthTag(sealed.subarray(13, 29))
  return Buffer.concat([decipher.update(sealed.subarray(29)), decipher.final()])
}

// The kit's secrets have 32 bytes or more; AES wants exactly 32.
const aesKey = (key: Buffer): Buffer => (key.length === 32 ? key : createHash('sha256').update(key).digest())

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
