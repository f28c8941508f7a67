import { setTimeout as delay } from 'node:timers/promises'
import type { Message } from '@bufbuild/protobuf'
import type { Transport } from '@connectrpc/connect'
import type { BreakerLimits } from '#kit/balance/breaker.ts'
import { Fleets } from '#kit/balance/fleets.ts'
import type { Instance, Peers } from '#kit/balance/instance.ts'
import type { Balance } from '#kit/balance/metrics.ts'
import { RetryBudget } from '#kit/balance/retry-budget.ts'
import { currentContext } from '#kit/core/context.ts'
import type { Logger } from '#kit/service/logger.ts'
import { traceparent } from '#kit/tracing/traceparent.ts'
import type { Remote } from '../registry.ts'
import type { CallContext, RpcContract } from '../rpc.ts'
import { unavailable } from '../unavailable.ts'
import type { ServiceTokens } from '../service-tokens.ts'
import { endOf, errorOf, mayGoElsewhere } from './call-end.ts'
import { Callee, judge } from './callee.ts'
import { codecOf, type MethodCodec } from './contract-codec.ts'
import { createLines, type GrpcLine } from './lines.ts'

export interface GrpcRemoteOptions {
  /** services that run elsewhere, with their instances */
  readonly peers: Peers
  /** where an instance answers gRPC, from the address in `peers`; default: there */
  readonly addressOf?: (url: string) => string
  readonly published: (service: string) => string | undefined
  readonly tokens: Pick<ServiceTokens, 'token'>
  readonly log: Logger
  /** how long a call may take at most; streams have no limit of their own */
  readonly timeoutMs?: number
  /** calls under way to one instance; more are refused at once; default 1,000 */
  readonly maxInFlight?: () => number
  readonly breaker?: BreakerLimits
}

export interface GrpcRemote extends Remote, Balance {
  close(): void
}

/** One attempt. */
type Send = (transport: Transport, leftMs: number) => Promise<{ readonly message: unknown }>

const DEFAULT_TIMEOUT_MS = 5_000
const DEFAULT_MAX_IN_FLIGHT = 1_000
const JITTER_MS = 50

/**
 * Calls services in other processes by gRPC: the less busy instance, and once another one where that repeats nothing. A DomainError of the
 * callee comes back as the same DomainError; whatever keeps the call from being answered is `unavailable`.
 */
export function createGrpcRemote(options: GrpcRemoteOptions): GrpcRemote {
  const { addressOf = (url) => url, maxInFlight = () => DEFAULT_MAX_IN_FLIGHT } = options
  const lineTo = createLines()
  const budget = new RetryBudget()
  let closed = false
  const callees = new Fleets<GrpcLine, Callee>({
    peers: options.peers,
    connect: (url) => lineTo(addressOf(url)),
    fleet: (service, instances) => new Callee(service, instances),
    maxInFlight,
    breaker: options.breaker ?? {},
    what: 'calls',
    log: options.log,
  })
  const calleeOf = (service: string): Callee => {
    const callee = callees.get(service)
    if (callee && callee.instances.length > 0) return callee
    throw unavailable(service, 'no-such-service', `The service ${service} is not known here.`)
  }
  const full = (service: string) => unavailable(service, 'too-busy', `Too many calls to the service ${service} are under way.`)

  async function prepare(contract: RpcContract, method: string, context: CallContext, caller: string) {
    const { service } = contract
    calleeOf(service)
    const codec = codecOf(contract, options.published(service)).methods.get(method)!
    const work = currentContext()
    const headers = new Headers({
      authorization: `Bearer ${await options.tokens.token(caller, service, context.principal)}`,
      traceparent: traceparent(work),
      'x-correlation-id': work.correlationId,
      ...(context.idempotencyKey === undefined ? {} : { 'idempotency-key': context.idempotencyKey }),
    })
    return { codec, headers }
  }

  /** Asks one instance, and once more where that repeats nothing. Every attempt is counted and judged. */
  async function ask(service: string, read: boolean, signal: AbortSignal | undefined, deadline: number, send: Send) {
    budget.earn()
    let failure: unknown
    for (let tried: Instance<GrpcLine> | undefined; ; ) {
      const instance = calleeOf(service).choose(tried)
      if (!instance) throw tried ? failure : full(service)
      const leftMs = Math.max(1, deadline - Date.now())
      const ticket = instance.breaker.begin()
      instance.enter()
      try {
        const { message } = await send(instance.line.transport, leftMs)
        instance.breaker.succeeded(ticket)
        return message as Message
      } catch (error) {
        const end = endOf(error, signal)
        judge(instance, ticket, end, leftMs)
        // Only what was begun costs somebody work twice.
        if (closed || tried || !mayGoElsewhere(end, read) || (end === 'broken' && !budget.spend())) throw error
        if (end === 'broken') await delay(Math.random() * JITTER_MS, undefined, { signal }).catch(() => undefined)
        tried = instance
        failure = error
      } finally {
        instance.leave()
      }
    }
  }

  return {
    async call(contract, method, input, context, caller) {
      const { service } = contract
      const { codec, headers } = await prepare(contract, method, context, caller)
      const patience = Date.now() + (options.timeoutMs ?? DEFAULT_TIMEOUT_MS)
      const deadline = Math.min(patience, context.deadline ?? patience)
      const request = codec.requestOf(input)
      const { signal } = context
      const send: Send = (transport, leftMs) => transport.unary(codec.desc as never, signal, leftMs, headers, request as never)
      try {
        return codec.outputOf(await ask(service, contract.methods[method]!.read, signal, deadline, send))
      } catch (error) {
        throw errorOf(service, error)
      }
    },

    async *stream(contract, method, input, context, caller) {
      const { service } = contract
      const { codec, headers } = await prepare(contract, method, context, caller)
      const instance = calleeOf(service).chooseForStream()
      if (!instance) throw full(service)
      const enough = new AbortController()
      instance.enter()
      try {
        const { message } = await instance.line.transport.stream(
          codec.desc as never,
          context.signal ? AbortSignal.any([context.signal, enough.signal]) : enough.signal,
          context.deadline === undefined ? undefined : Math.max(1, context.deadline - Date.now()),
          headers,
          once(codec, input) as never,
        )
        for await (const output of message) yield codec.outputOf(output as Message)
      } catch (error) {
        throw errorOf(service, error)
      } finally {
        enough.abort()
        instance.leave()
      }
    },

    states: () => callees.states(),
    get retryTokens() {
      return Math.floor(budget.tokens)
    },
    close() {
      closed = true
      void callees.close()
    },
  }
}

async function* once(codec: MethodCodec, input: unknown): AsyncIterable<Message> {
  yield codec.requestOf(input)
}
