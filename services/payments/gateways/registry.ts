import { BrokenCircuitError, circuitBreaker, ConsecutiveBreaker, handleAll, timeout, TimeoutStrategy, wrap } from 'cockatiel'
import type { Gateway } from './gateway.ts'
import type { PaymentMethodKind } from '#contracts/events/payments.ts'
import type { Logger } from '#kit/service/logger.ts'
import { GatewayUnreachable } from './gateway.ts'
import { errors } from '../errors.ts'
import { believable, GatewayAnswerRefused } from './answer.ts'

/** What came of a call. `unreachable`: it certainly did not arrive; `unanswered`: nobody knows. */
export type Asked<T> = { readonly answer: T } | { readonly unreachable: true } | { readonly unanswered: true }

export interface GatewayRegistry {
  /** Names of the gateways for a method, in the order in which they are tried. */
  namesFor(method: PaymentMethodKind): readonly string[]
  get(name: string): Gateway
  /**
   * One attempt within the time limit, behind the gateway's circuit breaker. Never throws for what a gateway does; an answer of no known
   * form is none, and neither is one of which `differs` names a part that is not what was asked; the latter is no failure of the company,
   * or one payment that both sides see differently would close its door to all others.
   */
  ask<T>(name: string, work: (gateway: Gateway, signal: AbortSignal) => Promise<T>, about: About<T>): Promise<Asked<T>>
}

/** What an answer is held against. */
export interface About<T> {
  readonly paymentId: string
  /** what of the answer is not what was asked; undefined when it fits */
  readonly differs: (answer: T) => string | undefined
}

/** Calls in a row that may fail before a gateway is left alone, and for how long. */
const BREAKER = { failures: 10, restMs: 10_000 }

/**
 * `gateways` in order of preference. Only the payment process retries (later, with the same key): a second layer of retries
 * here would multiply them.
 */
export function createGatewayRegistry(
  gateways: readonly Gateway[],
  options: { timeoutMs: number; log: Logger },
): GatewayRegistry {
  const doors = new Map(
    gateways.map((gateway) => [
      gateway.name,
      {
        gateway,
        policy: wrap(
          circuitBreaker(handleAll, { halfOpenAfter: BREAKER.restMs, breaker: new ConsecutiveBreaker(BREAKER.failures) }),
          timeout(options.timeoutMs, TimeoutStrategy.Aggressive),
        ),
      },
    ]),
  )
  const door = (name: string) => {
    const found = doors.get(name)
    if (!found) throw errors.unknownGateway({ gateway: name })
    return found
  }
  return {
    namesFor: (method) => gateways.filter((gateway) => gateway.methods.includes(method)).map((gateway) => gateway.name),
    get: (name) => door(name).gateway,
    async ask(name, work, { paymentId, differs }) {
      const { gateway, policy } = door(name)
      try {
        const answer = await policy.execute(async ({ signal }) => believable(await work(gateway, signal)))
        const other = differs(answer)
        if (other === undefined) return { answer }
        options.log.warn({ gateway: name, paymentId, differs: other }, 'a payment gateway speaks of other money than was asked')
        return { unanswered: true }
      } catch (error) {
        const unreachable = error instanceof BrokenCircuitError || error instanceof GatewayUnreachable
        const reason = error instanceof GatewayAnswerRefused ? error.message : undefined
        options.log.warn(
          { gateway: name, paymentId, error: (error as Error).name, reason, unreachable },
          'a payment gateway did not answer',
        )
        return unreachable ? { unreachable: true } : { unanswered: true }
      }
    },
  }
}
