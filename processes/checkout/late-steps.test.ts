import { expect, it } from 'vitest'
import { checkout } from '#contracts/processes/checkout.ts'
import type { CallContext } from '#kit/rpc/rpc.ts'
import { createProcessRunner } from '#kit/process/runner.ts'
import { createMemoryProcesses, memoryProcessStore } from '#kit/process/testing/memory-store.ts'
import { silentLogger } from '#kit/service/logger.ts'
import { checkoutProcess } from './checkout.process.ts'

const orderId = '0190a000-0000-7000-8000-000000000001'
const input = {
  orderId,
  channel: 'web',
  customerId: null,
  cartId: '0190a000-0000-7000-8000-000000000002',
  lines: [{ sku: 'mug', quantity: 2 }],
  amount: { amount: 1990, currency: 'EUR' },
  paymentMethodId: 'tok_approve',
  capture: true,
  shippingOptionId: 'standard',
  importedAt: null,
}

/** Runs a checkout whose services answer like this; says which calls and writes there were, and which of them may reach the disk late. */
async function run(answers: Record<string, object>): Promise<{ said: string[]; result: unknown }> {
  const said: string[] = []
  const store = memoryProcessStore(createMemoryProcesses(() => 0))
  const runner = createProcessRunner({
    home: 'orders',
    store: { ...store, save: (row) => (said.push(`written down: ${row.state.type}`), store.save(row)) },
    log: silentLogger,
    definitions: [checkoutProcess],
    rpc: () =>
      new Proxy({}, {
        get: (_, method: string) => async (_input: unknown, call: CallContext) => {
          said.push(call.late ? `${method}, late` : method)
          return answers[method] ?? {}
        },
      }) as never, // biome-ignore format: one client
  })
  await runner.start(undefined as never, checkout, orderId, input)
  const result = await runner.advance(checkout, orderId)
  return { said, result }
}

const good = {
  reserve: { outcome: 'reserved' },
  authorize: { outcome: 'captured' },
  commit: { outcome: 'committed' },
  shippingAddress: { address: { line1: 'Main Street 1' } },
  confirm: { outcome: 'confirmed' },
}

it('tells the shopper of an order only behind a confirmation that is on disk', async () => {
  const { said, result } = await run(good)
  expect(result).toEqual({ outcome: 'confirmed' })
  expect(said).toEqual([
    'reserve, late', 'authorize, late', 'commit, late', 'shippingAddress, late', 'createShipment, late', 'confirm', 'close, late',
  ]) // biome-ignore format: steps in a row
})

it('writes down that it turns back, and waits for the disk with everything it undoes', async () => {
  const { said, result } = await run({ ...good, authorize: { outcome: 'declined', reason: 'card-declined' } })
  expect(result).toMatchObject({ outcome: 'cancelled' })
  const [back, ...undone] = said.slice(said.indexOf('authorize, late') + 1)
  expect(back).toBe('written down: stopping')
  expect(undone.filter((step) => step.endsWith(', late'))).toEqual([])
  expect(undone).toContain('markCancelled')
})

it('writes down that it waits for the shopper', async () => {
  const { said, result } = await run({ ...good, authorize: { outcome: 'challenge', url: 'https://bank.example' } })
  expect(result).toMatchObject({ outcome: 'challenge' })
  expect(said.at(-1)).toBe('written down: challenged')
})
