import type { Payment } from '../payment.ts'

/** A payment that shows only what matters to a test. */
export function aPayment(changes: Partial<Payment> = {}): Payment {
  const at = new Date('2026-01-01T00:00:00Z')
  return {
    id: '01900000-0000-7000-8000-000000000001',
    orderId: '01900000-0000-7000-8000-000000000002',
    attempt: 1,
    customerId: null,
    method: 'card',
    token: 'tok_approve',
    gateway: 'simulated',
    gatewayKey: 'key',
    reference: null,
    state: 'created',
    reason: null,
    challengeUrl: null,
    currency: 'EUR',
    amount: 500n,
    authorized: 0n,
    captured: 0n,
    refunding: 0n,
    refunded: 0n,
    chargedBack: 0n,
    captureNow: true,
    capturing: null,
    undoAt: null,
    undoReason: null,
    imported: false,
    version: 1,
    createdAt: at,
    updatedAt: at,
    ...changes,
  }
}
