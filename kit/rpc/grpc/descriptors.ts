import { createFileRegistry, type DescService, type FileRegistry, fromJson, type JsonObject } from '@bufbuild/protobuf'
import { FileDescriptorProtoSchema, file_google_protobuf_struct } from '@bufbuild/protobuf/wkt'
import type { RpcContract } from '../rpc.ts'
import { readNumbers } from './numbers.ts'
import { allowsNull, type Field, keyOfSchema, type MessageShape, type Shape, shapeOf } from './shapes.ts'

/** A method with what goes in and out; both are messages. */
export interface ProtoMethod {
  /** as in the contract: `createShipment` */
  readonly name: string
  /** as in `.proto`: `CreateShipment` */
  readonly protoName: string
  readonly input: MessageShape
  readonly output: MessageShape
  /** the output is inside a field `value`, because it is no object by itself */
  readonly boxed: boolean
  readonly stream: boolean
}

/** A contract in Protocol Buffers: package `souk.<service>.v1`, one service in it. */
export interface ProtoContract {
  /** `souk/payments/v1/payments.proto` */
  readonly file: string
  readonly package: string
  /** `PaymentsService` */
  readonly service: string
  readonly methods: readonly ProtoMethod[]
  /** every message, outer ones before inner ones */
  readonly messages: readonly MessageShape[]
  /** some field holds any JSON */
  readonly usesAny: boolean
  /** field numbers, kept as published; `reserved`: of fields that are gone */
  numberOf(message: string, field: string): number
  reserved(message: string): readonly number[]
}

const capital = (name: string): string => name[0]!.toUpperCase() + name.slice(1)
/** `order-edits` → `OrderEdits` */
const pascal = (name: string): string => name.split('-').map(capital).join('')

/**
 * @param published text of the contract's `.proto` as it was published last: a field keeps its number for ever, a new one gets the next
 * @throws for a schema that has no form in Protocol Buffers
 */
export function protoOf(contract: RpcContract, published = ''): ProtoContract {
  const named = new Map(Object.entries(contract.messages ?? {}).map(([name, schema]) => [keyOfSchema(schema), name]))
  const methods = Object.entries(contract.methods).map(([name, { input, output, stream }]): ProtoMethod => {
    const protoName = capital(name)
    const asked = shapeOf(input, `${protoName}Request`, named)
    if (asked.kind !== 'message') throw new Error(`${contract.service}.${name}: the input has to be an object`)
    const plain = shapeOf(output, `${protoName}Response`, named)
    const nullable = allowsNull(output)
    const boxed = plain.kind !== 'message' || nullable
    return {
      name,
      protoName,
      input: asked,
      output: boxed ? box(shapeOf(output, `${protoName}Response.Value`, named), `${protoName}Response`) : plain,
      boxed,
      stream: stream === true,
    }
  })
  const messages = new Map<string, MessageShape>()
  for (const { input, output } of methods) for (const root of [input, output]) collect(root, messages)
  const numbers = readNumbers(published)
  for (const { name, fields } of messages.values()) {
    const known = numbers.get(name) ?? new Map<string, number>()
    numbers.set(name, known)
    for (const field of fields) if (!known.has(field.name)) known.set(field.name, Math.max(0, ...known.values()) + 1)
  }
  const title = pascal(contract.service)
  return {
    file: `souk/${contract.service}/v1/${contract.service}.proto`,
    package: `souk.${contract.service.replaceAll('-', '_')}.v1`,
    service: `${title}Service`,
    methods,
    messages: [...messages.values()].sort((a, b) => (a.name < b.name ? -1 : 1)),
    usesAny: [...messages.values()].some(({ fields }) => fields.some(({ shape }) => holdsAny(shape))),
    numberOf: (message, field) => numbers.get(message)!.get(field)!,
    reserved: (message) =>
      [...numbers.get(message)!]
        .filter(([name]) => !messages.get(message)!.fields.some((field) => field.name === name))
        .map(([, number]) => number)
        .sort((a, b) => a - b),
  }
}

function box(shape: Shape, name: string): MessageShape {
  const optional = shape.kind === 'scalar'
  return {
    kind: 'message',
    name,
    fields: [{ json: 'value', name: 'value', shape, optional, wrapped: false, description: undefined }],
    variants: [{ words: new Map(), presence: new Map([['value', 'nullable']]) }],
  }
}

function collect(shape: Shape, into: Map<string, MessageShape>): void {
  if (shape.kind === 'list') collect(shape.items, into)
  if (shape.kind === 'map') collect(shape.values, into)
  if (shape.kind !== 'message') return
  const known = into.get(shape.name)
  if (known && JSON.stringify(known.fields) !== JSON.stringify(shape.fields))
    throw new Error(`two messages are called ${shape.name}`)
  into.set(shape.name, shape)
  for (const field of shape.fields) collect(field.shape, into)
}

function holdsAny(shape: Shape): boolean {
  if (shape.kind === 'list') return holdsAny(shape.items)
  if (shape.kind === 'map') return holdsAny(shape.values)
  return shape.kind === 'any'
}

/** Messages whose names lie directly inside `outer`; '' for the outermost. */
export function inside(outer: string, messages: readonly MessageShape[]): MessageShape[] {
  const parent = (name: string) => name.split('.').slice(0, -1).join('.')
  return messages.filter(({ name }) => parent(name) === outer)
}

const SCALAR_TYPES = { string: 'TYPE_STRING', int64: 'TYPE_INT64', double: 'TYPE_DOUBLE', bool: 'TYPE_BOOL' } as const

/** The service with its messages, as protobuf-es and Connect want it. */
export function describe(proto: ProtoContract): { readonly service: DescService; readonly registry: FileRegistry } {
  const file = fromJson(FileDescriptorProtoSchema, {
    name: proto.file,
    package: proto.package,
    syntax: 'proto3',
    dependency: proto.usesAny ? ['google/protobuf/struct.proto'] : [],
    messageType: inside('', proto.messages).map((message) => messageProto(message, proto)),
    service: [
      {
        name: proto.service,
        method: proto.methods.map(({ protoName, input, output, stream }) => ({
          name: protoName,
          inputType: `.${proto.package}.${input.name}`,
          outputType: `.${proto.package}.${output.name}`,
          serverStreaming: stream,
        })),
      },
    ],
  })
  const registry = createFileRegistry(file, (name) =>
    name === 'google/protobuf/struct.proto' ? file_google_protobuf_struct : undefined,
  )
  return { service: registry.getService(`${proto.package}.${proto.service}`)!, registry }
}

function messageProto(message: MessageShape, proto: ProtoContract): JsonObject {
  const optional = message.fields.filter((field) => field.optional)
  const maps = message.fields.filter(({ shape }) => shape.kind === 'map')
  return {
    name: message.name.split('.').at(-1)!,
    field: message.fields.map((field) => ({
      ...typeOf(field, message, proto),
      name: field.name,
      jsonName: field.json,
      number: proto.numberOf(message.name, field.name),
      ...(field.optional ? { proto3Optional: true, oneofIndex: optional.indexOf(field) } : {}),
    })),
    oneofDecl: optional.map(({ name }) => ({ name: `_${name}` })),
    nestedType: [
      ...inside(message.name, proto.messages).map((inner) => messageProto(inner, proto)),
      ...maps.map((field) => ({
        name: entryName(field),
        options: { mapEntry: true },
        field: [
          { name: 'key', number: 1, type: 'TYPE_STRING', label: 'LABEL_OPTIONAL', jsonName: 'key' },
          {
            ...single((field.shape as { values: Shape }).values, proto),
            name: 'value',
            number: 2,
            label: 'LABEL_OPTIONAL',
            jsonName: 'value',
          },
        ],
      })),
    ],
  }
}

const entryName = ({ name }: Field): string => `${name.split('_').map(capital).join('')}Entry`

type FieldType = { type: string; typeName?: string }

function typeOf(field: Field, message: MessageShape, proto: ProtoContract): FieldType & { label: string } {
  const { shape } = field
  if (shape.kind === 'list') return { ...single(shape.items, proto), label: 'LABEL_REPEATED' }
  if (shape.kind === 'map')
    return { type: 'TYPE_MESSAGE', typeName: `.${proto.package}.${message.name}.${entryName(field)}`, label: 'LABEL_REPEATED' }
  return { ...single(shape, proto), label: 'LABEL_OPTIONAL' }
}

function single(shape: Shape, proto: ProtoContract): FieldType {
  if (shape.kind === 'scalar') return { type: SCALAR_TYPES[shape.type] }
  if (shape.kind === 'message') return { type: 'TYPE_MESSAGE', typeName: `.${proto.package}.${shape.name}` }
  return { type: 'TYPE_MESSAGE', typeName: '.google.protobuf.Value' }
}
