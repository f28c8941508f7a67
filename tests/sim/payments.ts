import type { Static } from 'typebox'
import type { PaymentOutcome, paymentsRpc } from '#contracts/rpc/payments.ts'
import { RefundIssued } from '#contracts/events/payments.ts'
import { uuidFrom } from '#kit/core/ids.ts'
import { toJsonAmount } from '#kit/core/money.ts'
import { silentLogger } from '#kit/service/logger.ts'
import { heldAgainst, whatDiffersInRefund } from '../../services/payments/gateways/differs.ts'
import { createGatewayRegistry, type GatewayRegistry } from '../../services/payments/gateways/registry.ts'
import {
  eventFacts,
  evolve,
  type GatewayFact,
  holdsMoney,
  isSettled,
  mayFollow,
  type Payment,
  refundable,
  settle,
  stateAfterRefund,
} from '../../services/payments/payment.ts'
import { outcomeOf } from '../../services/payments/queries/payment-outcome.ts'
import type { Unit } from './database.ts'
import type { World } from './world.ts'

interface Refund {
  readonly id: string
  readonly paymentId: string
  readonly orderId: string
  readonly amount: bigint
  state: 'requested' | 'succeeded' | 'refused'
  touchedAt: number
}

/** Open payments are looked at again after this, and given up after the other. */
const RECHECK_MS = 5000
const GIVE_UP_MS = 60_000
const CHALLENGE_MS = 120_000

/** What the database of payments keeps. */
export class PaymentBooks {
  readonly payments = new Map<string, Payment>()
  readonly undos = new Map<string, string>()
  readonly refunds = new Map<string, Refund>()
  ofOrder(orderId: string): Payment | undefined {
    return [...this.payments.values()].find((payment) => payment.orderId === orderId)
  }
}

type AuthorizeInput = Static<(typeof paymentsRpc)['methods']['authorize']['input']>

/**
 * The commands of services/payments over books in memory, one statement where the service has one. States, facts, events and outcomes
 * are the service's own pure code; one attempt per order, one gateway.
 */
export class PaymentsOnMachine {
  readonly #world: World
  readonly #books: PaymentBooks
  readonly #gateways: GatewayRegistry

  constructor(world: World) {
    this.#world = world
    this.#books = world.books
    this.#gateways = createGatewayRegistry([world.company.gateway()], { timeoutMs: 5000, log: silentLogger })
  }

  async authorize(input: AuthorizeInput): Promise<PaymentOutcome> {
    const { world, books } = this.#parts()
    const { orderId } = input
    let mine = false
    const payment = await this.#write(orderId, () => {
      const known = books.ofOrder(orderId)
      if (known) return known
      mine = true
      return this.#store(newPayment(world, input, books.undos.get(orderId)))
    })
    if (mine) {
      if (payment.undoAt)
        return outcomeOf(await this.#settle(payment, { kind: 'failed', reason: payment.undoReason ?? 'undone' }))
      return outcomeOf(await this.#askForMoney(payment))
    }
    if (isSettled(payment.state) || payment.state === 'challenge') return outcomeOf(payment)
    return outcomeOf(await this.#recheck(payment))
  }

  async status(orderId: string) {
    const payment = await this.#write(orderId, () => this.#books.ofOrder(orderId))
    return payment ? outcomeOf(payment) : { outcome: 'none' as const }
  }

  async undo(orderId: string, reason: string) {
    const open = await this.#write(orderId, () => this.markUndone(orderId, reason))
    if (open) await this.#giveBack(open)
    const payment = this.#books.ofOrder(orderId)
    if (!payment?.undoAt) return { outcome: 'nothing' as const }
    if (!isSettled(payment.state) || holdsMoney(payment)) return { outcome: 'pending' as const }
    return { outcome: payment.state === 'refunded' ? ('refunded' as const) : ('voided' as const) }
  }

  /** The statement both the undo and the reaction to OrderCancelled make. */
  markUndone(orderId: string, reason: string): Payment | undefined {
    const books = this.#books
    if (!books.undos.has(orderId)) books.undos.set(orderId, reason)
    const payment = books.ofOrder(orderId)
    if (!payment || (isSettled(payment.state) && !holdsMoney(payment))) return undefined
    return this.#store({ ...payment, undoAt: payment.undoAt ?? new Date(), undoReason: payment.undoReason ?? reason })
  }

  async webhook(message: { key: string; fact: GatewayFact }): Promise<boolean> {
    const payment = [...this.#books.payments.values()].find((one) => one.gatewayKey === message.key)
    if (!payment) return false
    await this.#settle(payment, message.fact)
    return true
  }

  async refund(input: { orderId: string; refundId: string; amount: bigint; reason: string; paymentId?: string }) {
    const { books } = this.#parts()
    const { orderId, refundId, amount } = input
    const refund = await this.#write(orderId, () => {
      const earlier = books.refunds.get(refundId)
      if (earlier) return earlier
      const payment = books.ofOrder(orderId)
      const free = payment && (input.paymentId ? true : payment.undoAt === null)
      if (!payment || !free || refundable(payment) < amount) return undefined
      this.#store({ ...payment, refunding: payment.refunding + amount })
      const made: Refund = { id: refundId, paymentId: payment.id, orderId, amount, state: 'requested', touchedAt: this.#now() }
      books.refunds.set(refundId, made)
      return made
    })
    if (!refund) return { outcome: 'refused' as const }
    if (refund.state !== 'requested')
      return { outcome: refund.state === 'succeeded' ? ('refunded' as const) : ('refused' as const) }
    return await this.#askForRefund(refund, input.reason)
  }

  async #askForRefund(refund: Refund, reason: string) {
    const payment = this.#books.payments.get(refund.paymentId)!
    const { gatewayKey: paymentKey, reference, currency } = payment
    const key = this.#world.mutant === 'refund-without-key' ? `${refund.id}#${this.#world.id()}` : refund.id
    const request = { key, paymentKey, reference, amount: refund.amount, currency }
    const about = { paymentId: payment.id, differs: whatDiffersInRefund.bind(undefined, request) }
    const asked = await this.#gateways.ask('company', (gateway, signal) => gateway.refund(request, signal), about)
    if (!('answer' in asked) || asked.answer.kind === 'pending') return { outcome: 'pending' as const }
    const refused = asked.answer.kind === 'refused'
    await this.#write(refund.orderId, (unit) => {
      if (refund.state !== 'requested') return
      refund.state = refused ? 'refused' : 'succeeded'
      const now = this.#books.payments.get(payment.id)!
      const refunding = now.refunding - refund.amount
      if (refused) return void this.#store({ ...now, refunding })
      const refunded = now.refunded + refund.amount
      this.#store({ ...now, refunding, refunded, state: stateAfterRefund(now.captured, refunded) })
      const money = { amount: toJsonAmount(refund.amount), currency }
      unit.append('payments', [RefundIssued({ ...eventFacts(now)(now.captured), refundId: refund.id, refunded: money, reason })])
    })
    return { outcome: refused ? ('refused' as const) : ('refunded' as const) }
  }

  /** What the job `reconcile` does: every open question is asked again until it has an answer. */
  async reconcile(): Promise<void> {
    const { books } = this.#parts()
    const due = (touched: Date) => touched.getTime() <= this.#now() - RECHECK_MS
    for (const id of [...books.payments.keys()]) {
      // as it is now, not as it was when this run began
      const payment = books.payments.get(id)!
      if (!due(payment.updatedAt)) continue
      if (!isSettled(payment.state)) await this.#settleOpen(this.#store(payment))
      else if (payment.undoAt && holdsMoney(payment)) await this.#giveBack(this.#store(payment))
    }
    for (const refund of [...books.refunds.values()]) {
      if (refund.state !== 'requested' || !due(new Date(refund.touchedAt))) continue
      refund.touchedAt = this.#now()
      await this.#askForRefund(refund, 'undone')
    }
  }

  async #settleOpen(payment: Payment): Promise<void> {
    const age = this.#now() - payment.createdAt.getTime()
    const giveUp = age > (payment.reference === null ? GIVE_UP_MS : CHALLENGE_MS) || payment.undoAt !== null
    if (!giveUp) return void (await this.#recheck(payment))
    const asked = await this.#ask('status', payment)
    if (!asked && payment.undoAt === null) return
    const current = !asked || asked.kind === 'unknown' ? payment : await this.#settle(payment, asked)
    if (isSettled(current.state)) return
    const stopped = await this.#ask('void', current)
    if (!stopped) return
    if (stopped.kind !== 'unknown') await this.#settle(current, stopped)
    else if (age > GIVE_UP_MS) await this.#settle(current, { kind: 'failed', reason: current.undoReason ?? 'gateway-timeout' })
  }

  async #recheck(payment: Payment): Promise<Payment> {
    const answer = await this.#ask('status', payment)
    if (!answer) return payment
    if (answer.kind !== 'unknown') return this.#settle(payment, answer)
    return payment.undoAt ? payment : this.#askForMoney(payment)
  }

  async #askForMoney(payment: Payment): Promise<Payment> {
    const { gatewayKey: key, orderId, amount, currency, method, token, captureNow: capture } = payment
    const asked = await this.#gateways.ask(
      'company',
      (gateway, signal) =>
        gateway.authorize({ key, orderId, amount, currency, method, token, capture, merchantInitiated: false }, signal),
      heldAgainst(payment),
    )
    if ('answer' in asked) return this.#settle(payment, asked.answer)
    return 'unanswered' in asked ? this.#settle(payment, { kind: 'pending' }) : payment
  }

  async #settle(payment: Payment, fact: GatewayFact): Promise<Payment> {
    const { books } = this.#parts()
    const settled = await this.#write(payment.orderId, (unit) => {
      const current = books.payments.get(payment.id)!
      const settlement = settle(current, fact)
      if (!settlement || !mayFollow(current.state, settlement.to)) return current
      unit.append('payments', settlement.events)
      const late = holdsMoney({ state: settlement.to }) && ['declined', 'failed', 'voided'].includes(current.state)
      const unwanted = books.undos.get(payment.orderId) ?? (late ? 'too-late' : undefined)
      const undone = unwanted && !current.undoAt ? { undoAt: new Date(), undoReason: unwanted } : {}
      return this.#store({ ...evolve(current, settlement), ...undone })
    })
    return settled.undoAt !== null && holdsMoney(settled) ? this.#giveBack(settled) : settled
  }

  async #giveBack(payment: Payment): Promise<Payment> {
    if (payment.state === 'authorized' || !isSettled(payment.state)) {
      const answer = await this.#ask('void', payment)
      return answer && answer.kind !== 'unknown' ? this.#settle(payment, answer) : payment
    }
    const amount = refundable(payment)
    if (amount <= 0n) return payment
    const { orderId, id: paymentId } = payment
    await this.refund({ orderId, paymentId, refundId: uuidFrom(`undo:${paymentId}`), amount, reason: 'undone' })
    return this.#books.payments.get(paymentId)!
  }

  async #ask(what: 'status' | 'void', payment: Payment) {
    const { gatewayKey: paymentKey, reference, amount, currency } = payment
    const asked = await this.#gateways.ask(
      'company',
      (gateway, signal) =>
        what === 'status'
          ? gateway.status(paymentKey, signal)
          : gateway.void({ key: `${paymentKey}:void`, paymentKey, reference, amount, currency }, signal),
      heldAgainst(payment),
    )
    return 'answer' in asked ? asked.answer : undefined
  }

  #write<T>(orderId: string, work: (unit: Unit) => T): Promise<T> {
    return this.#world.database.statement([`payments ${orderId}`], work)
  }

  #store(payment: Payment): Payment {
    const stored = { ...payment, version: payment.version + 1, updatedAt: new Date(this.#now()) }
    this.#books.payments.set(stored.id, stored)
    return stored
  }

  #now(): number {
    return this.#world.kernel.now
  }

  #parts() {
    return { world: this.#world, books: this.#books }
  }
}

function newPayment(world: World, input: AuthorizeInput, unwanted: string | undefined): Payment {
  const now = new Date(world.kernel.now)
  return {
    id: world.id(),
    orderId: input.orderId,
    attempt: input.attempt,
    customerId: input.customerId,
    method: 'card',
    token: input.paymentMethodId,
    gateway: 'company',
    gatewayKey: `${input.orderId}:${input.attempt}`,
    reference: null,
    state: 'created',
    reason: null,
    challengeUrl: null,
    currency: input.amount.currency,
    amount: BigInt(input.amount.amount),
    authorized: 0n,
    captured: 0n,
    refunding: 0n,
    refunded: 0n,
    chargedBack: 0n,
    captureNow: input.capture,
    capturing: null,
    undoAt: unwanted === undefined ? null : now,
    undoReason: unwanted ?? null,
    imported: false,
    version: 0,
    createdAt: now,
    updatedAt: now,
  }
}
