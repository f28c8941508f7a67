import { expect, it, vi } from 'vitest'
import { authorizePayment } from './commands/authorize-payment.ts'
import type { Deps } from './deps.ts'
import { offline } from './gateways/offline.ts'
import { createGatewayRegistry } from './gateways/registry.ts'
import type { Payment } from './payment.ts'
import { silentLogger } from '#kit/service/logger.ts'

const ask = {
  orderId: '0190a000-0000-7000-8000-000000000001',
  attempt: 1,
  amount: { amount: 1990, currency: 'EUR' },
  paymentMethodId: 'tok_approve',
  capture: true,
  customerId: null,
}

/** Asks for money at a company that keeps its books with us or elsewhere; says whether the payment's first row was waited for. */
async function firstRowIsLate(company: { inside?: true }, late: boolean): Promise<boolean> {
  const insert = vi.fn(
    async (payment: object, _options?: { late: boolean }) =>
      ({ ...payment, id: 'another', state: 'captured' }) as unknown as Payment,
  )
  const { inside: _, ...outside } = offline
  const gateway = { ...outside, ...company, name: 'company', methods: ['card'] as const }
  const gateways = createGatewayRegistry([gateway], { timeoutMs: 1000, log: silentLogger })
  const deps = { gateways, store: { insert }, log: silentLogger } as unknown as Deps
  await authorizePayment(deps, { ...ask, late }).catch(() => undefined)
  return insert.mock.calls[0]?.[1]?.late === true
}

it('a payment is on disk before a company outside is asked for the money', async () => {
  expect(await firstRowIsLate({}, true)).toBe(false)
})

it('a payment may reach the disk later where the company keeps its books in the same database, if the caller may wait', async () => {
  expect(await firstRowIsLate({ inside: true }, true)).toBe(true)
  expect(await firstRowIsLate({ inside: true }, false)).toBe(false)
})
