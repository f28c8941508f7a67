import type { GatewayFact } from '../../services/payments/payment.ts'
import type { FollowUp, Gateway, GatewayStatus, MoneyRequest, RefundAnswer } from '../../services/payments/gateways/gateway.ts'
import type { World } from './world.ts'

/** What a payment token makes the gateway do. */
export type Behaviour = 'approve' | 'decline' | 'lost' | 'silent-after-capture' | 'challenge' | 'later' | 'later-declined'

export interface GatewayPayment {
  readonly key: string
  readonly orderId: string
  readonly reference: string
  readonly amount: bigint
  state: 'challenge' | 'pending' | 'authorized' | 'captured' | 'declined' | 'voided'
  captured: bigint
  refunded: bigint
}

/** A payment company: its own memory, its own idempotency by our key, answers late or never, tells by webhook what came later. */
export class PaymentCompany {
  readonly payments = new Map<string, GatewayPayment>()
  readonly #refunds = new Set<string>()
  readonly #lostOnce = new Set<string>()
  readonly #world: World

  constructor(world: World) {
    this.#world = world
  }

  /** The door to it as a machine has it: calls take time and may be lost on the way. */
  gateway(): Gateway {
    const world = this.#world
    const { kernel, faults } = world
    const talk = async <T>(answer: () => T): Promise<T> => {
      await kernel.sleep(faults.happens('gateway is slow') ? kernel.random.between(2000, 9000) : faults.latency(30))
      const told = answer()
      await kernel.sleep(faults.latency(10))
      return told
    }
    return {
      name: 'company',
      methods: ['card'],
      authorize: (request) => this.#authorize(request, talk),
      capture: (request) => talk(() => this.#change(request, 'captured')),
      void: (request) => talk(() => this.#change(request, 'voided')),
      refund: async (request) => {
        const answer = await talk(() => this.#refund(request))
        return faults.happens('gateway is silent after a refund') ? await new Promise(() => {}) : answer
      },
      status: (key) => talk(() => this.#statusOf(key)),
      verify: () => undefined,
      parse: () => {
        throw new Error('messages do not come over HTTP here')
      },
    }
  }

  async #authorize(request: MoneyRequest, talk: <T>(answer: () => T) => Promise<T>): Promise<GatewayFact> {
    const behaviour = request.token.split(':')[0] as Behaviour
    if (behaviour === 'lost' && !this.#lostOnce.has(request.key)) {
      this.#lostOnce.add(request.key)
      return await new Promise(() => {})
    }
    const fact = await talk(() => this.#open(request, behaviour))
    return behaviour === 'silent-after-capture' ? await new Promise(() => {}) : fact
  }

  #open(request: MoneyRequest, behaviour: Behaviour): GatewayFact {
    const world = this.#world
    const key = world.mutant === 'double-capture' ? `${request.key}#${world.kernel.random.between(0, 1e9)}` : request.key
    let payment = this.payments.get(key)
    if (!payment) {
      const first: Partial<Record<Behaviour, GatewayPayment['state']>> = {
        challenge: 'challenge',
        later: 'pending',
        'later-declined': 'pending',
        decline: 'declined',
      }
      const state = first[behaviour] ?? (request.capture ? 'captured' : 'authorized')
      const reference = world.id()
      payment = { key, orderId: request.orderId, reference, amount: request.amount, state, captured: 0n, refunded: 0n }
      if (state === 'captured') payment.captured = request.amount
      this.payments.set(key, payment)
      if (state === 'challenge' || state === 'pending') this.#decideLater(payment, behaviour, request.capture)
      world.note(`gateway ${state} for ${world.nameOf(request.orderId)}`)
    }
    return factOf(payment) as GatewayFact
  }

  /** The shopper passes, fails or forgets the challenge; the bank thinks. */
  #decideLater(payment: GatewayPayment, behaviour: Behaviour, capture: boolean): void {
    const { kernel } = this.#world
    if (behaviour === 'challenge' && kernel.random.chance(0.2)) return
    kernel.at(kernel.now + kernel.random.between(200, 30_000), () => {
      if (payment.state !== 'challenge' && payment.state !== 'pending') return
      const good = behaviour !== 'later-declined' && !kernel.random.chance(0.15)
      payment.state = good ? (capture ? 'captured' : 'authorized') : 'declined'
      if (payment.state === 'captured') payment.captured = payment.amount
      this.#world.note(`gateway ${payment.state} for ${this.#world.nameOf(payment.orderId)}`)
      this.#tell(payment)
    })
  }

  /** Webhooks: late, twice, and in any order. The fact is that of the moment it was sent. */
  #tell(payment: GatewayPayment): void {
    const { kernel, faults } = this.#world
    const fact = factOf(payment) as GatewayFact
    const id = this.#world.id()
    const times = faults.happens('webhook is doubled') ? 2 : 1
    for (let n = 0; n < times; n += 1) {
      const delay = faults.happens('webhook is late') ? kernel.random.between(1000, 60_000) : kernel.random.between(5, 500)
      kernel.at(kernel.now + delay, () => this.#world.webhook({ id, key: payment.key, fact }))
    }
  }

  #change(request: FollowUp, to: 'captured' | 'voided'): GatewayStatus {
    const payment = this.payments.get(request.paymentKey)
    if (!payment) return { kind: 'unknown' }
    if (to === 'captured' && payment.state === 'authorized') {
      payment.state = 'captured'
      payment.captured = request.amount
    } else if (to === 'voided' && ['authorized', 'challenge', 'pending'].includes(payment.state)) {
      payment.state = 'voided'
    }
    return factOf(payment)
  }

  #refund(request: FollowUp): RefundAnswer {
    if (this.#refunds.has(request.key)) return { kind: 'refunded', reference: request.key }
    const payment = this.payments.get(request.paymentKey)
    if (payment?.state !== 'captured') return { kind: 'refused', reason: 'nothing-captured' }
    if (payment.refunded + request.amount > payment.captured) return { kind: 'refused', reason: 'more-than-captured' }
    payment.refunded += request.amount
    this.#refunds.add(request.key)
    this.#world.note(`gateway refunds ${request.amount} of ${this.#world.nameOf(payment.orderId)}`)
    return { kind: 'refunded', reference: request.key }
  }

  #statusOf(key: string): GatewayStatus {
    const payment = this.payments.get(key)
    return payment ? factOf(payment) : { kind: 'unknown' }
  }
}

function factOf(payment: GatewayPayment): GatewayStatus {
  const { reference } = payment
  if (payment.state === 'declined') return { kind: 'declined', reference, reason: 'card-declined' }
  if (payment.state === 'challenge') return { kind: 'challenge', reference, url: 'https://bank.example/challenge' }
  if (payment.state === 'captured') return { kind: 'captured', reference, amount: payment.captured }
  return { kind: payment.state, reference }
}
