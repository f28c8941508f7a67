import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto'

/** First byte of what `seal` makes: another way of sealing gets another one. */
const VERSION = 1
const NONCE_LENGTH = 12
const TAG_LENGTH = 16

/**
 * Encrypts a secret that must be read again (AES-256-GCM). `bind` names the row it belongs to: moved to another row it does
 * not open. `key`: 32 bytes or more, from `kit.secret(purpose)`.
 */
export function seal(key: Buffer, bind: string, plain: Buffer): Buffer {
  const nonce = randomBytes(NONCE_LENGTH)
  const cipher = createCipheriv('aes-256-gcm', keyOf(key), nonce).setAAD(Buffer.from(bind))
  const text = Buffer.concat([cipher.update(plain), cipher.final()])
  return Buffer.concat([Buffer.of(VERSION), nonce, cipher.getAuthTag(), text])
}

/** Opens what `seal` made; throws when key, row or a single bit differ. */
export function unseal(key: Buffer, bind: string, sealed: Buffer): Buffer {
  const start = 1 + NONCE_LENGTH + TAG_LENGTH
  if (sealed[0] !== VERSION || sealed.length < start) throw new Error('this was not sealed here')
  const nonce = sealed.subarray(1, 1 + NONCE_LENGTH)
  const decipher = createDecipheriv('aes-256-gcm', keyOf(key), nonce, { authTagLength: TAG_LENGTH }).setAAD(Buffer.from(bind))
  decipher.setAuthTag(sealed.subarray(1 + NONCE_LENGTH, start))
  return Buffer.concat([decipher.update(sealed.subarray(start)), decipher.final()])
}

const keyOf = (key: Buffer): Buffer => (key.length === 32 ? key : createHash('sha256').update(key).digest())
