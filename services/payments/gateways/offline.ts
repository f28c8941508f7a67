import type { Gateway } from './gateway.ts'

/**
 * Money that no company moves for us: cash on delivery and invoices are promises (authorised until staff note that the money
 * came), an order that costs nothing and imported history count as paid. Answers at once and cannot fail.
 */
export const offline: Gateway = {
  name: 'offline',
  methods: ['cash-on-delivery', 'invoice'],
  inside: true,
  async authorize(request) {
    const promise = (request.method === 'cash-on-delivery' || request.method === 'invoice') && request.amount > 0n
    return { kind: promise ? 'authorized' : 'captured', reference: request.key }
  },
  async capture(request) {
    return { kind: 'captured', reference: request.paymentKey, amount: request.amount }
  },
  async void(request) {
    return { kind: 'voided', reference: request.paymentKey }
  },
  async refund(request) {
    return { kind: 'refunded', reference: request.key }
  },
  async status() {
    return { kind: 'unknown' }
  },
  verify: () => undefined,
  parse() {
    throw new TypeError('the offline gateway sends no messages')
  },
}
