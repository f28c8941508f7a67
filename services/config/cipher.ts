import { createCipheriv, createDecipheriv, pbkdf2Sync, randomBytes } from 'node:crypto'
import { errors } from './errors.ts'

const SALT = Buffer.from('deadbeef', 'hex')
const ROUNDS = 1024
const IV = 16
const TAG = 16

/** Before an encrypted value in a file. */
export const PREFIX = '{cipher}'

/** Encrypts values of the configuration: AES-256-GCM, in the form of a Spring config server with a symmetric key, so that its values can be moved here. */
export interface Cipher {
  encrypt(text: string): string
  /** Throws `config/invalid-text`. */
  decrypt(text: string): string
}

/** `key` encrypts; what `former` keys encrypted can still be read. */
export function createCipher(key: string, former: readonly string[] = []): Cipher {
  // Derived when it is wanted: most processes never encrypt anything.
  const keys = [key, ...former].map((password) => {
    let derived: Buffer | undefined
    return () => (derived ??= pbkdf2Sync(password, SALT, ROUNDS, 32, 'sha1'))
  })
  return {
    encrypt(text) {
      const iv = randomBytes(IV)
      const cipher = createCipheriv('aes-256-gcm', keys[0]!(), iv)
      return Buffer.concat([iv, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]).toString('hex')
    },
    decrypt(text) {
      const trimmed = text.trim().replace(PREFIX, '')
      if (!/^(?:[0-9a-f]{2})+$/i.test(trimmed) || trimmed.length < 2 * (IV + TAG)) throw errors.invalidText()
      const bytes = Buffer.from(trimmed, 'hex')
      for (const keyOf of keys) {
        try {
          const decipher = createDecipheriv('aes-256-gcm', keyOf(), bytes.subarray(0, IV), { authTagLength: TAG })
          decipher.setAuthTag(bytes.subarray(-TAG))
          return Buffer.concat([decipher.update(bytes.subarray(IV, -TAG)), decipher.final()]).toString('utf8')
        } catch {
          // another key may fit
        }
      }
      throw errors.invalidText()
    },
  }
}
