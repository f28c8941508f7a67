/** What an API key looks like: made by auth, told apart from other tokens by whoever verifies them. */
import { hash } from 'node:crypto'

/** Notices with the ids of keys that changed: auth tells them, whoever verifies keys hears them. */
export const CHANGED_API_KEYS = 'changed-api-keys'

/** Every key begins like this, so that people and scanners of source code recognise one. */
export const API_KEY_PREFIX = 'souk_'

/** `souk_<id, 32 hex digits>_<secret, 43 characters of base64url>` */
const FORM = /^souk_([0-9a-f]{8})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{12})_([\w-]{43})$/

/** A key from its id and a secret of 32 random bytes. */
export function apiKeyText(keyId: string, secret: Buffer): string {
  return `${API_KEY_PREFIX}${keyId.replaceAll('-', '')}_${secret.toString('base64url')}`
}

/** Id of the key, before anything is proven; undefined for anything that is no key. */
export function apiKeyIdOf(text: string): string | undefined {
  const parts = FORM.exec(text)
  return parts ? parts.slice(1, 6).join('-') : undefined
}

/**
 * What is kept of a key. One round of SHA-256 is right here: slow hashes make guessable passwords costly to try, and nobody guesses 256 random
 * bits; a slow one would only make each request slow.
 */
export function apiKeyHash(text: string): Buffer {
  return hash('sha256', text, 'buffer')
}
