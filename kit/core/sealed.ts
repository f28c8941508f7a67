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

/** Opens what `seal` made; throws when key, row or a single bit differ, and says so: the key follows from the master secret. */
export function unseal(key: Buffer, bind: string, sealed: Buffer): Buffer {
  const start = 1 + NONCE_LENGTH + TAG_LENGTH
  if (sealed[0] !== VERSION || sealed.length < start) throw new Error('this was not sealed here')
  const nonce = sealed.subarray(1, 1 + NONCE_LENGTH)
  const decipher = createDecipheriv('aes-256-gcm', keyOf(key), nonce, { authTagLength: TAG_LENGTH }).setAAD(Buffer.from(bind))
  decipher.setAuthTag(sealed.subarray(1 + NONCE_LENGTH, start))
  try {
    return Buffer.concat([decipher.update(sealed.subarray(start)), decipher.final()])
  } catch (error) {
    throw new Error(
      'Sealed data of this database cannot be opened: it was sealed with another master secret, or was changed since. ' +
        'Start with the SOUK_SECRET (or the secrets.json in SOUK_DIR) of the time when it was written.',
      { cause: error },
    )
  }
}

const keyOf = (key: Buffer): Buffer => (key.length === 32 ? key : createHash('sha256').update(key).digest())
