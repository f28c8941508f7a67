import { cartRpc } from '#contracts/rpc/cart.ts'
import { deliveryRpc } from '#contracts/rpc/delivery.ts'
import { inventoryRpc } from '#contracts/rpc/inventory.ts'
import { ordersRpc } from '#contracts/rpc/orders.ts'
import { paymentsRpc } from '#contracts/rpc/payments.ts'
import { toJsonAmount } from '#kit/core/money.ts'
import type { AnyProcess } from '#kit/process/process.ts'
import { createProcessRunner, type ProcessRunner } from '#kit/process/runner.ts'
import type { ProcessStore } from '#kit/process/store.ts'
import { silentLogger } from '#kit/service/logger.ts'
import { cancelOrderProcess } from '../../processes/cancel-order/cancel-order.process.ts'
import { checkoutProcess } from '../../processes/checkout/checkout.process.ts'
import { expireReservationProcess } from '../../processes/expire-reservation/expire-reservation.process.ts'
import { paymentFailedProcess } from '../../processes/payment-failed/payment-failed.process.ts'
import { unitOf } from './database.ts'
import { unavailable } from './faults.ts'
import type { Machine } from './kernel.ts'
import { asIfNobodyCame, forgetLease } from './mutants.ts'
import { OrdersOnMachine } from './orders.ts'
import { PaymentsOnMachine } from './payments.ts'
import type { World } from './world.ts'

type Methods = Record<string, (input: never) => Promise<unknown>>

const address = { name: 'A', line1: 'Street 1', city: 'City', postalCode: '1', country: 'DE' }

/** One process of the shop: the real runner with the real flows, over the world. Its memory is lost when it dies. */
export interface Shop {
  readonly machine: Machine
  readonly runner: ProcessRunner
  readonly orders: OrdersOnMachine
  readonly payments: PaymentsOnMachine
}

export function startShop(world: World, machine: Machine): Shop {
  const payments = new PaymentsOnMachine(world)
  let runner: ProcessRunner
  const orders = new OrdersOnMachine(world, () => runner)
  const services = implementations(world, orders, payments)
  const definitions = [checkoutProcess, cancelOrderProcess, expireReservationProcess, paymentFailedProcess]
  runner = createProcessRunner({
    home: 'orders',
    store: processStore(world),
    log: silentLogger,
    definitions: definitions.map((definition) => mutated(world, definition)),
    rpc: (contract) => client(world, contract.service, services[contract.service]!) as never,
  })
  return { machine, runner, orders, payments }
}

function mutated(world: World, definition: AnyProcess): AnyProcess {
  if (world.mutant === 'undo-not-stored') return { ...definition, durable: () => false }
  return definition
}

/** Calls take time, and where services run apart they get lost, or their answers do. Only JSON passes. */
function client(world: World, service: string, methods: Methods) {
  const { kernel, faults } = world
  return new Proxy(
    {},
    {
      get: (_, method: string) => async (input: { orderId?: string }) => {
        if (!methods[method])
          world.broke('the simulation is complete', `nobody answers ${service}.${method}: add it to tests/sim/machine.ts`)
        await kernel.sleep(faults.latency(0.5))
        if (faults.happens('request is lost')) throw unavailable(`${service} did not hear`)
        const answer = (await methods[method]!(JSON.parse(JSON.stringify(input)) as never)) as { outcome?: string } | null
        world.note(`${service}.${method} ${world.nameOf(input.orderId ?? '')} → ${answer?.outcome ?? 'done'}`)
        if (faults.happens('answer is lost')) throw unavailable(`${service} was not heard`)
        return JSON.parse(JSON.stringify(answer))
      },
    },
  )
}

function implementations(world: World, orders: OrdersOnMachine, payments: PaymentsOnMachine): Record<string, Methods> {
  const { warehouse, mutant } = world
  const nothing = async () => ({ outcome: 'nothing' as const })
  return {
    [inventoryRpc.service]: {
      reserve: ({ orderId, lines, ttlSeconds }) => warehouse.reserve(orderId, lines, ttlSeconds),
      commit: ({ orderId }) => warehouse.commit(orderId),
      release: ({ orderId }) => (mutant === 'no-compensation' ? nothing() : warehouse.release(orderId)),
      restock: ({ reference, lines }) => warehouse.restock(reference, lines),
      giveBack: ({ orderId, lines }) => (mutant === 'no-compensation' ? nothing() : warehouse.giveBack(orderId, lines)),
    },
    [paymentsRpc.service]: {
      authorize: (input) => payments.authorize(input),
      status: ({ orderId }) => payments.status(orderId),
      undo: ({ orderId, reason }) => (mutant === 'no-compensation' ? nothing() : payments.undo(orderId, reason)),
      async refund({ orderId, refundId, amount, reason }) {
        const asked = { orderId, refundId, amount: BigInt((amount as { amount: number }).amount), reason }
        return { ...(await payments.refund(asked)), refundable: { amount: toJsonAmount(0n), currency: 'EUR' } }
      },
    },
    [deliveryRpc.service]: {
      createShipment: ({ orderId, lines }) => warehouse.plan(orderId, lines),
      cancelShipments: ({ orderId }) => warehouse.stop(orderId),
    },
    [ordersRpc.service]: {
      shippingAddress: async () => ({ address }),
      confirm: async ({ orderId }) => ({ outcome: await orders.confirm(orderId) }),
      markCancelled: ({ orderId, reason }) => orders.markCancelled(orderId, reason),
      endCheckout: ({ orderId, reason }) => orders.endCheckout(orderId, reason),
      takeBack: ({ orderId, reason }) => orders.takeBack(orderId, reason),
    },
    [cartRpc.service]: { close: async () => ({}) },
  }
}

/** The flows' table as a machine reaches it: through the database, with all that can happen on the way. */
function processStore(world: World): ProcessStore {
  const { database, flows, mutant } = world
  const one = <T>(name: string, id: string, work: () => T) => database.statement([`flow ${name} ${id}`], work)
  return {
    async insert(tx, row, leaseSeconds) {
      const unit = unitOf(tx)
      if (!unit) return await one(row.name, row.id, () => flows.insert(row, leaseSeconds))
      await unit.lock(`flow ${row.name} ${row.id}`)
      unit.later(() => void flows.insert(row, leaseSeconds))
      return true
    },
    async post(tx, name, id, happening, whileRunning) {
      const unit = unitOf(tx)
      if (!unit) return await one(name, id, () => flows.post(name, id, happening, whileRunning))
      await unit.lock(`flow ${name} ${id}`)
      unit.later(() => void flows.post(name, id, happening, whileRunning))
      return true
    },
    async postAll(tx, name, mail, whileRunning) {
      const unit = unitOf(tx)!
      for (const { processId } of mail) await unit.lock(`flow ${name} ${processId}`)
      unit.later(() => {
        for (const { processId, happening } of mail) flows.post(name, processId, happening, whileRunning)
      })
    },
    claim: (name, id) =>
      one(name, id, () => {
        if (mutant === 'flows-without-owner') forgetLease(flows, name, id)
        return flows.claim(name, id)
      }),
    claimDue: (names, limit) => database.statement([], () => flows.claimDue(names, limit)),
    save: (save) =>
      one(save.name, save.id, () => flows.save(mutant === 'flows-without-owner' ? asIfNobodyCame(flows, save) : save)),
    finish: (rows) => database.statement([], () => flows.finish(rows)),
    stateOf: (name, id) => database.statement([], () => flows.stateOf(name, id)),
  }
}
