import type { Static, TSchema } from 'typebox'
import type { Principal } from '#kit/core/principal.ts'

/** What travels with every call between services besides the input. */
export interface CallContext {
  readonly principal: Principal
  /** Same key → same effect once, however often it is called. */
  readonly idempotencyKey?: string | undefined
  /** epoch milliseconds after which nobody waits for the answer */
  readonly deadline?: number | undefined
}

export interface RpcMethod<I extends TSchema = TSchema, O extends TSchema = TSchema> {
  readonly input: I
  readonly output: O
}

/** One service's questions and commands that other services may ask, declared once in contracts/rpc. Plain JSON data only. */
export interface RpcContract<M extends Record<string, RpcMethod> = Record<string, RpcMethod>> {
  readonly service: string
  readonly methods: M
}

export function method<I extends TSchema, O extends TSchema>(input: I, output: O): RpcMethod<I, O> {
  return { input, output }
}

export function defineRpc<M extends Record<string, RpcMethod>>(service: string, methods: M): RpcContract<M> {
  return { service, methods }
}

/** Typed client, and at the same time what a service implements. */
export type RpcClient<C> =
  C extends RpcContract<infer M>
    ? { [K in keyof M]: (input: Static<M[K]['input']>, call?: CallContext) => Promise<Static<M[K]['output']>> }
    : never

/** A contract with the code that answers it, as a service hands it to the host. */
export interface RpcImplementation {
  readonly contract: RpcContract
  readonly methods: Record<string, (input: unknown, call: CallContext) => Promise<unknown>>
}

export function implement<C extends RpcContract>(
  contract: C,
  methods: {
    [K in keyof C['methods']]: (
      input: Static<C['methods'][K]['input']>,
      call: CallContext,
    ) => Promise<Static<C['methods'][K]['output']>>
  },
): RpcImplementation {
  return { contract, methods: methods as RpcImplementation['methods'] }
}
