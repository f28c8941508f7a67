import { type DescService, fromJson, type JsonValue, type Message, toJson } from '@bufbuild/protobuf'
import type { RpcContract } from '../rpc.ts'
import { describe, type ProtoMethod, protoOf } from './descriptors.ts'
import type { MessageShape } from './shapes.ts'
import { fromProto, toProto } from './values.ts'

/** Both sides of one method: values of the contract ⇄ messages. */
export interface MethodCodec {
  readonly proto: ProtoMethod
  readonly desc: DescService['method'][string]
  requestOf(input: unknown): Message
  inputOf(request: Message): unknown
  responseOf(output: unknown): Message
  outputOf(response: Message): unknown
}

export interface ContractCodec {
  readonly service: DescService
  readonly methods: ReadonlyMap<string, MethodCodec>
}

const kept = new WeakMap<RpcContract, ContractCodec>()

/** @param published text of the contract's `.proto`, where its field numbers are kept */
export function codecOf(contract: RpcContract, published: string | undefined): ContractCodec {
  const known = kept.get(contract)
  if (known) return known
  const proto = protoOf(contract, published)
  const { service } = describe(proto)
  const methods = proto.methods.map((method) => {
    const desc = service.methods.find(({ name }) => name === method.protoName)!
    const { input, output, boxed } = method
    const message = (shape: MessageShape, type: typeof desc.input, value: unknown) =>
      fromJson(type, toProto(shape, value) as JsonValue)
    const value = (shape: MessageShape, type: typeof desc.input, from: Message) =>
      fromProto(shape, toJson(type, from as never, { alwaysEmitImplicit: true }) as never)
    const codec: MethodCodec = {
      proto: method,
      desc,
      requestOf: (asked) => message(input, desc.input, asked),
      inputOf: (request) => value(input, desc.input, request),
      responseOf: (answer) => message(output, desc.output, boxed ? { value: answer } : (answer ?? {})),
      outputOf: (response) => {
        const answer = value(output, desc.output, response)
        return boxed ? (answer as { value: unknown }).value : answer
      },
    }
    return [method.name, codec] as const
  })
  const codec = { service, methods: new Map(methods) }
  kept.set(contract, codec)
  return codec
}
