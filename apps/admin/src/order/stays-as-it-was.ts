import { SoukError } from '../../../../packages/client/src/errors.ts'

const WHY: Readonly<Record<string, string>> = {
  'payment-refused': 'The payment was refused.',
  'payment-timeout': 'Nobody paid in time.',
  dispatched: 'A parcel has left meanwhile.',
  'moved-on': 'The order was paid, cancelled or sent meanwhile.',
}

/** Why a change of an order was turned back, in words: as a RangeError, which a screen shows as it is. Any other error is thrown on. */
export function sayWhy(error: unknown): never {
  if (!(error instanceof SoukError) || error.code !== 'orders/edit-refused') throw error
  const { reason = '', missing = [] } = (error.problem.details ?? {}) as {
    reason?: string
    missing?: { sku: string; available: number }[]
  }
  const left = missing.map(({ sku, available }) => `of ${sku} there are ${available} more`).join(', ')
  const why = reason === 'out-of-stock' ? `There is not enough in stock${left ? `: ${left}` : ''}.` : WHY[reason]
  throw new RangeError(`${why ? `${why} ` : ''}The order stays as it was.`)
}
