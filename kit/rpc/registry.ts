import { DomainError } from '#kit/core/errors.ts'
import { servicePrincipal } from '#kit/core/principal.ts'
import { deadlineOf, until } from '#kit/core/context.ts'
import { inSpan } from '#kit/tracing/span.ts'
import type { CallContext, RpcClient, RpcContract, RpcImplementation } from './rpc.ts'
import { inTime, unavailable } from './unavailable.ts'

/** Sends calls of `caller` to services that run elsewhere. */
export interface Remote {
  call(contract: RpcContract, method: string, input: unknown, call: CallContext, caller: string): Promise<unknown>
  stream(contract: RpcContract, method: string, input: unknown, call: CallContext, caller: string): AsyncIterable<unknown>
}

export interface RpcRegistry {
  /** Registers what a service in this process answers. */
  serve(implementation: RpcImplementation): void
  /** Typed client: straight to the implementation when it is here, else through `remote`. */
  client<C extends RpcContract>(contract: C, caller: string): RpcClient<C>
  /** everything that is answered here */
  implementations(): readonly RpcImplementation[]
}

export interface RpcRegistryOptions {
  /** Check every input and output against its contract: on in development and tests, off where the edge has done it already. */
  readonly validate: boolean
  readonly remote?: Remote | undefined
}

/** Refuses data that does not fit its contract: a broken promise between our own services, so it is loud. */
async function checker(what: string, schema: unknown): Promise<(value: unknown) => void> {
  // Not loaded where nothing is checked.
  const { Compile } = await import('typebox/compile')
  const compiled = Compile(schema as never)
  return (value: unknown): void => {
    if (compiled.Check(value)) return
    const [first] = compiled.Errors(value)
    throw new DomainError(
      'invalid',
      'rpc/contract',
      `${what} does not fit its contract: ${first?.instancePath || '/'} ${first?.message ?? ''}`,
    )
  }
}

export function createRpcRegistry(options: RpcRegistryOptions): RpcRegistry {
  const served = new Map<string, RpcImplementation>()

  function clientMethod(contract: RpcContract, name: string, caller: string) {
    const declaration = contract.methods[name]!
    const label = `${contract.service}.${name}`
    const asked = { service: caller, name: label, kind: 'client' } as const
    const answered = { service: contract.service, name: label, kind: 'internal' } as const
    let checkInput: ((value: unknown) => void) | undefined
    let checkOutput: ((value: unknown) => void) | undefined
    const fallback: CallContext = { principal: servicePrincipal(caller) }
    const missing = () => unavailable(contract.service, 'no-such-service', `The service ${contract.service} does not run here.`)
    if (declaration.stream)
      return (input: unknown, asking: CallContext = fallback): AsyncIterable<unknown> => {
        const call = inTime(contract.service, asking)
        const local = served.get(contract.service)
        if (local) return local.methods[name]!(input, call) as AsyncIterable<unknown>
        if (options.remote) return options.remote.stream(contract, name, input, call, caller)
        throw missing()
      }
    return async (input: unknown, asking: CallContext = fallback): Promise<unknown> => {
      const call = inTime(contract.service, asking)
      const local = served.get(contract.service)
      if (!local) {
        const { remote } = options
        if (remote) return await inSpan(asked, () => remote.call(contract, name, input, call, caller))
        throw missing()
      }
      const work = () => inSpan(answered, async () => await (local.methods[name]!(input, call) as Promise<unknown>))
      // Less time than the caller has is what the callee has, as it would elsewhere.
      const answer = () => (call.deadline === undefined || call.deadline === deadlineOf() ? work() : until(call.deadline, work))
      if (!options.validate) return await answer()
      checkInput ??= await checker(`input of ${label}`, declaration.input)
      checkOutput ??= await checker(`output of ${label}`, declaration.output)
      checkInput(input)
      const output = await answer()
      checkOutput(output)
      return output
    }
  }

  return {
    serve(implementation) {
      served.set(implementation.contract.service, implementation)
    },
    client<C extends RpcContract>(contract: C, caller: string) {
      return Object.fromEntries(
        Object.keys(contract.methods).map((name) => [name, clientMethod(contract, name, caller)]),
      ) as RpcClient<C>
    },
    implementations: () => [...served.values()],
  }
}
