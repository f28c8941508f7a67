import { BrokenCircuitError, circuitBreaker, ConsecutiveBreaker, handleWhen } from 'cockatiel'
import { DomainError } from '#kit/core/errors.ts'
import type { Logger } from '#kit/service/logger.ts'
import { mailErrors } from './errors.ts'
import type { MailPort } from './mail.ts'

export interface Provider {
  /** for the log of messages: never with credentials */
  readonly name: string
  readonly port: MailPort
}

export interface FailoverOptions {
  /** so many failures in a row, and a provider is left alone for a while */
  readonly failures?: number
  /** how long until one mail tries it again */
  readonly pauseMs?: number
}

/**
 * Several providers, first choice first: what fails for now (`unavailable`) is given to the next one at once, and a provider that
 * keeps failing is not asked for a while. A refusal of the mail itself is an answer: nobody else is asked. When all fail, the mail fails
 * as `unavailable` and its sender tries again later. A provider that took a mail and died before it said so leaves it sent twice,
 * under the same Message-ID.
 */
export function createFailoverMail(providers: readonly Provider[], log: Logger, options: FailoverOptions = {}): MailPort {
  const { failures = 5, pauseMs = 30_000 } = options
  const guarded = providers.map(({ name, port }) => {
    const breaker = circuitBreaker(handleWhen(isUnavailable), {
      halfOpenAfter: pauseMs,
      breaker: new ConsecutiveBreaker(failures),
    })
    breaker.onBreak(() => log.warn({ provider: name }, 'a mail server keeps failing and is left alone for a while'))
    breaker.onReset(() => log.info({ provider: name }, 'a mail server works again'))
    return { name, send: (mail: Parameters<MailPort['send']>[0]) => breaker.execute(() => port.send(mail)) }
  })
  return {
    async send(mail) {
      let last: unknown
      for (const { name, send } of guarded) {
        try {
          await send(mail)
          return { by: name }
        } catch (error) {
          if (!isUnavailable(error) && !(error instanceof BrokenCircuitError)) throw error
          last = isUnavailable(error) ? error : (last ?? error)
        }
      }
      throw last instanceof DomainError ? last : mailErrors.unavailable({}, { cause: last })
    },
    async describe() {
      const described = await Promise.all(
        providers.map(async ({ name, port }) => {
          const state = await port.describe?.().catch((error: Error) => ({ error: error.message }))
          return [name, state ?? {}] as const
        }),
      )
      if (described.every(([, state]) => 'error' in state)) throw mailErrors.unavailable()
      return { driver: 'failover', providers: Object.fromEntries(described) }
    },
    async close() {
      await Promise.all(providers.map(({ port }) => port.close()))
    },
  }
}

const isUnavailable = (error: unknown): boolean => error instanceof DomainError && error.kind === 'unavailable'
