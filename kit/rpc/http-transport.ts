import { Agent, type IncomingMessage, request as httpRequest } from 'node:http'
import { Agent as SecureAgent, request as httpsRequest } from 'node:https'
import Type from 'typebox'
import { Compile } from 'typebox/compile'
import { currentContext } from '#kit/core/context.ts'
import { DomainError, type ErrorKind, type FieldError } from '#kit/core/errors.ts'
import { statusOfKind } from '#kit/http/problem.ts'
import { internal, post, Reply, type Route } from '#kit/http/route.ts'
import { traceparent } from '#kit/http/trace.ts'
import { closed } from '#kit/messaging/event.ts'
import type { RemoteCall, RpcRegistry } from './registry.ts'
import type { CallContext, RpcMethod } from './rpc.ts'
import type { ServiceTokens } from './service-tokens.ts'

/** epoch milliseconds after which the caller does not wait any more */
const DEADLINE = 'x-souk-deadline'
const BODY_LIMIT = 8 * 1024 * 1024
const DEFAULT_TIMEOUT_MS = 5_000

export interface HttpRemoteOptions {
  /** base URLs of a service that runs elsewhere, the one to call first; the others are for when nobody listens there */
  readonly addresses: (service: string) => readonly string[] | undefined
  readonly tokens: Pick<ServiceTokens, 'token'>
  /** for calls without a deadline */
  readonly timeoutMs?: number
}

/**
 * Calls services in other processes: POST <address>/internal/rpc/<service>/<method>, JSON both ways. A DomainError of the callee comes
 * back as the same DomainError; whatever keeps the call from being answered is `unavailable`.
 */
export function createHttpRemote(options: HttpRemoteOptions): { call: RemoteCall; close(): void } {
  const agents = { 'http:': new Agent({ keepAlive: true }), 'https:': new SecureAgent({ keepAlive: true }) }
  const call: RemoteCall = async (service, method, input, context, caller) => {
    const [base, ...others] = options.addresses(service) ?? []
    if (base === undefined) throw unavailable(service, 'no-such-service', `The service ${service} is not known here.`)
    const body = Buffer.from(JSON.stringify(input))
    const deadline = context.deadline ?? Date.now() + (options.timeoutMs ?? DEFAULT_TIMEOUT_MS)
    const work = currentContext()
    const headers = {
      authorization: `Bearer ${await options.tokens.token(caller, service, context.principal)}`,
      'content-type': 'application/json',
      'content-length': String(body.length),
      [DEADLINE]: String(deadline),
      traceparent: traceparent(work),
      'x-correlation-id': work.correlationId,
      ...(context.idempotencyKey === undefined ? {} : { 'idempotency-key': context.idempotencyKey }),
    }
    const exchange = (address: string) =>
      new Promise<{ answer: IncomingMessage; text: string }>((resolve, reject) => {
        const url = new URL(`/internal/rpc/${service}/${method}`, address)
        const send = url.protocol === 'https:' ? httpsRequest : httpRequest
        const agent = agents[url.protocol as keyof typeof agents]
        const signal = AbortSignal.timeout(Math.max(1, deadline - Date.now()))
        const request = send(url, { method: 'POST', headers, agent, signal }, (answer) => {
          const chunks: Buffer[] = []
          answer.on('data', (chunk: Buffer) => chunks.push(chunk))
          answer.on('end', () => resolve({ answer, text: Buffer.concat(chunks).toString() }))
          answer.on('error', reject)
        })
        request.on('error', (error: NodeJS.ErrnoException) => reject(Object.assign(error, { reused: request.reusedSocket })))
        request.end(body)
      })
    const next = others[0] ?? base
    const { answer, text } = await exchange(base)
      // An idle connection that the other side had just closed, or nobody there: nothing was read, so another may try.
      .catch((error: NodeJS.ErrnoException & { reused?: boolean }) => {
        if (error.reused && error.code === 'ECONNRESET') return exchange(next)
        if (next !== base && UNREACHED.has(error.code ?? '')) return exchange(next)
        throw error
      })
      .catch((cause: unknown) => {
        throw unavailable(service, 'unreachable', `The service ${service} does not answer.`, cause)
      })
    if (answer.statusCode === 200) return JSON.parse(text) as unknown
    throw errorOf(service, answer, text)
  }
  return {
    call,
    close() {
      for (const agent of Object.values(agents)) agent.destroy()
    },
  }
}

/** The connection did not come about, so the call has not arrived. */
const UNREACHED: ReadonlySet<string> = new Set(['ECONNREFUSED', 'EHOSTUNREACH', 'ENETUNREACH', 'ENOTFOUND', 'EAI_AGAIN'])

const kindOfStatus = new Map(Object.entries(statusOfKind).map(([kind, status]) => [status, kind as ErrorKind]))
/** Said by the road, not by the service: the caller must not take them for an answer. */
const OF_THE_ROAD = /^http\/(?!invalid-input)/

interface Problem {
  readonly code?: string
  readonly detail?: string
  readonly details?: Record<string, unknown>
  readonly errors?: FieldError[]
}

function errorOf(service: string, answer: IncomingMessage, text: string): DomainError {
  let problem: Problem = {}
  try {
    problem = JSON.parse(text) as Problem
  } catch {
    // a proxy's page: the status is all there is
  }
  const kind = kindOfStatus.get(answer.statusCode ?? 0)
  if (!kind || !problem.code || OF_THE_ROAD.test(problem.code))
    return unavailable(service, 'refused', `The service ${service} answers ${answer.statusCode} ${problem.code ?? ''}.`)
  const retryAfter = Number(answer.headers['retry-after'])
  return new DomainError(kind, problem.code, problem.detail ?? '', {
    ...(problem.details ? { details: problem.details } : {}),
    ...(problem.errors ? { fields: problem.errors } : {}),
    ...(retryAfter > 0 ? { retryAfterSeconds: retryAfter } : {}),
  })
}

function unavailable(service: string, name: string, message: string, cause?: unknown): DomainError {
  return new DomainError('unavailable', `rpc/${name}`, message, { details: { service }, retryAfterSeconds: 1, cause })
}

/** The callee's side: one route for all services of this process. Give it to the app among its operations. */
export function rpcRoute(registry: Pick<RpcRegistry, 'implementation'>): Route {
  const checks = new Map<RpcMethod, ReturnType<typeof Compile>>()
  const check = (method: RpcMethod, input: unknown): void => {
    const compiled = checks.get(method) ?? Compile(method.input)
    checks.set(method, compiled)
    if (compiled.Check(input)) return
    const [first] = compiled.Errors(input)
    throw new DomainError(
      'invalid',
      'rpc/contract',
      `The input does not fit the contract: ${first?.instancePath || '/'} ${first?.message ?? ''}`,
    )
  }
  const params = closed({ service: Type.String(), method: Type.String() })
  return post(
    '/internal/rpc/:service/:method',
    {
      access: internal,
      summary: 'A call from another service',
      params,
      rawBody: true,
      bodyLimit: BODY_LIMIT,
      idempotency: 'none',
      response: Type.Unknown(),
    },
    async ({ params: { service, method }, rawBody, headers, principal }) => {
      const implementation = registry.implementation(service)
      const declaration = implementation?.contract.methods[method]
      if (!implementation || !declaration) throw unavailable(service, 'no-such-method', `There is no ${service}.${method} here.`)
      const input = JSON.parse(rawBody?.toString() || '{}') as unknown
      check(declaration, input)
      const deadline = Number(headers[DEADLINE])
      const call: CallContext = {
        principal: principal.kind === 'service' && principal.onBehalfOf ? principal.onBehalfOf : principal,
        ...(headers['idempotency-key'] === undefined ? {} : { idempotencyKey: headers['idempotency-key'] }),
        ...(deadline > 0 ? { deadline } : {}),
      }
      if (deadline > 0 && Date.now() > deadline) throw unavailable(service, 'too-late', 'Nobody waits for the answer any more.')
      const output = await implementation.methods[method]!(input, call)
      return new Reply(Buffer.from(JSON.stringify(output ?? null)), { headers: { 'content-type': 'application/json' } })
    },
  )
}
