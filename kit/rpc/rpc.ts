import type { Static, TSchema } from 'typebox'
import type { Principal } from '#kit/core/principal.ts'

/** What travels with every call between services besides the input. */
export interface CallContext {
  readonly principal: Principal
  /** Same key → same effect once, however often it is called. */
  readonly idempotencyKey?: string | undefined
  /** Epoch milliseconds after which nobody waits for the answer; never later than for the work that makes the call. */
  readonly deadline?: number | undefined
  /** The caller repeats the call after a crash, and answers nobody before a commit of its own: this one may reach the disk late. Not told over a network. */
  readonly late?: boolean | undefined
  /** the caller has gone: a stream may end */
  readonly signal?: AbortSignal | undefined
}

export interface RpcMethod<I extends TSchema = TSchema, O extends TSchema = TSchema, S extends boolean = boolean> {
  readonly input: I
  readonly output: O
  /** answers with many outputs, one after another, until one side has enough */
  readonly stream: S
  /** changes nothing, so that it may be asked again where the first answer got lost */
  readonly read: boolean
  /** Permission with which people and programs outside of the house may call it; without one only our own services may. */
  readonly outside: string | undefined
}

/** One service's questions and commands that other services may ask, declared once in contracts/rpc. Plain JSON data only. */
export interface RpcContract<M extends Record<string, RpcMethod> = Record<string, RpcMethod>> {
  readonly service: string
  readonly methods: M
  /** objects that have a name of their own in `.proto`, wherever they are used */
  readonly messages: Readonly<Record<string, TSchema>>
}

export interface StreamOptions {
  readonly outside?: string
}

export interface MethodOptions extends StreamOptions {
  /** The implementation writes nothing. To be idempotent is not enough: a first call that comes late may undo what followed the second. */
  readonly read?: boolean
}

export function method<I extends TSchema, O extends TSchema>(
  input: I,
  output: O,
  options: MethodOptions = {},
): RpcMethod<I, O, false> {
  return { input, output, stream: false, read: options.read ?? false, outside: options.outside }
}

export function stream<I extends TSchema, O extends TSchema>(
  input: I,
  output: O,
  options: StreamOptions = {},
): RpcMethod<I, O, true> {
  return { input, output, stream: true, read: false, outside: options.outside }
}

export function defineRpc<M extends Record<string, RpcMethod>>(
  service: string,
  methods: M,
  messages: Readonly<Record<string, TSchema>> = {},
): RpcContract<M> {
  return { service, methods, messages }
}

/** Typed client, and at the same time what a service implements. */
export type RpcClient<C> =
  C extends RpcContract<infer M> ? { [K in keyof M]: (input: Static<M[K]['input']>, call?: CallContext) => Answer<M[K]> } : never

type Answer<M extends RpcMethod> = M['stream'] extends true ? AsyncIterable<Static<M['output']>> : Promise<Static<M['output']>>

/** A contract with the code that answers it, as a service hands it to the host. */
export interface RpcImplementation {
  readonly contract: RpcContract
  readonly methods: Record<string, (input: unknown, call: CallContext) => Promise<unknown> | AsyncIterable<unknown>>
}

export function implement<C extends RpcContract>(
  contract: C,
  methods: {
    [K in keyof C['methods']]: (input: Static<C['methods'][K]['input']>, call: CallContext) => Answer<C['methods'][K]>
  },
): RpcImplementation {
  return { contract, methods: methods as RpcImplementation['methods'] }
}
