import { createHash } from 'node:crypto'

/** How the simulated bank treats a token. The part after the kind decides: `tok_decline`, `pm_card_decline`, `upi_decline`, `wallet`. */
export type Behaviour =
  | 'approve'
  | 'decline'
  | 'insufficient-funds'
  | 'challenge'
  | 'timeout'
  | 'timeout-after-capture'
  | 'async'
  | 'async-decline'
  | 'chargeback'
  | 'invalid'

const behaviours = new Set<string>([
  'approve', 'decline', 'insufficient-funds', 'challenge', 'timeout', 'timeout-after-capture', 'async', 'async-decline', 'chargeback',
] satisfies Behaviour[]) // biome-ignore format: one list

/**
 * Unknown words after `tok_` are invalid, as with a real company; `pm_…` and the plain methods (`upi`, `net-banking`,
 * `wallet`) approve, so that any made-up payment method can be tried.
 */
export function behaviourOf(token: string): Behaviour {
  const match = /^(tok|pm_card|pm|upi|net-banking|wallet)(?:[_:](.+))?$/.exec(token)
  if (!match) return 'invalid'
  const word = (match[2] ?? 'approve').replaceAll('_', '-')
  if (behaviours.has(word)) return word as Behaviour
  return match[1] === 'tok' ? 'invalid' : 'approve'
}

/** `tok_timeout` takes the money or not, by the key: nobody can tell from outside, but a repeated run sees the same. */
export function takesMoneyBeforeTimeout(key: string): boolean {
  return (createHash('sha256').update(key).digest()[0] ?? 0) % 2 === 0
}
