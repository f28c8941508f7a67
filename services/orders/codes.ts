import { createHmac } from 'node:crypto'

/**
 * The one spelling of a code that people type: full-width letters, case, spaces and dashes between groups make no difference,
 * so the same coupon cannot be used twice by writing it another way. Small first: the capital ẞ has no other capital, and would not
 * become the SS that ß does.
 */
export function normalisedCode(text: string): string {
  return text
    .normalize('NFKC')
    .toLowerCase()
    .toUpperCase()
    .normalize('NFKC')
    .replace(/[\s\u00ad\u200b-\u200d\u2060\ufeff]/g, '')
    .replace(/\p{Pd}/gu, '-')
}

/** What a code may be made of, once normalised. */
export function isCode(code: string): boolean {
  return /^[\p{L}\p{N}][\p{L}\p{N}_-]{2,39}$/u.test(code)
}

/** Codes in their one spelling, each once, in the order they were first given. */
export function distinctCodes(codes: readonly string[]): string[] {
  return [...new Set(codes.map(normalisedCode))]
}

/**
 * By what the uses of a promotion are counted per customer: the user, or a guest's e-mail as a keyed hash. `null`: nobody
 * is known yet (a preview).
 */
export function customerKeyOf(secret: Buffer, who: { customerId: string | null; email: string | null }): string | null {
  if (who.customerId !== null) return `user:${who.customerId}`
  if (who.email === null) return null
  return `mail:${createHmac('sha256', secret).update(who.email.normalize('NFKC').trim().toLowerCase()).digest('base64url')}`
}
