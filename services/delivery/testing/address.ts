import type { PostalAddress } from '#contracts/values.ts'

/** An address that shows only what matters to a test. */
export function anAddress(changes: Partial<PostalAddress> = {}): PostalAddress {
  return { name: 'Mina Beispiel', line1: 'Hauptstr. 1', city: 'Berlin', postalCode: '10115', country: 'DE', ...changes }
}
