import { inside, type ProtoContract } from './descriptors.ts'
import type { MessageShape, Shape } from './shapes.ts'

/** The contract as a `.proto` file: what people and generators of other languages read, and where field numbers are kept. */
export function protoText(proto: ProtoContract): string {
  return `${[
    '// Generated from the contracts by `npm run docs`. Field numbers are kept: what is removed stays reserved.',
    'syntax = "proto3";',
    '',
    `package ${proto.package};`,
    ...(proto.usesAny ? ['', 'import "google/protobuf/struct.proto";'] : []),
    '',
    `service ${proto.service} {`,
    ...proto.methods.map(
      ({ protoName, input, output, stream }) =>
        `  rpc ${protoName}(${input.name}) returns (${stream ? 'stream ' : ''}${output.name});`,
    ),
    '}',
    ...inside('', proto.messages).flatMap((message) => ['', ...messageLines(message, proto, '')]),
  ].join('\n')}\n`
}

function messageLines(message: MessageShape, proto: ProtoContract, indent: string): string[] {
  const reserved = proto.reserved(message.name)
  const body = [
    ...inside(message.name, proto.messages).flatMap((inner) => messageLines(inner, proto, `${indent}  `)),
    ...(reserved.length > 0 ? [`${indent}  reserved ${reserved.join(', ')};`] : []),
    ...message.fields.flatMap((field) => [
      ...(field.description ? [`${indent}  // ${field.description}`] : []),
      `${indent}  ${field.optional ? 'optional ' : ''}${typeName(field.shape)} ${field.name} = ${proto.numberOf(message.name, field.name)};`,
    ]),
  ]
  const name = message.name.split('.').at(-1)
  return body.length === 0 ? [`${indent}message ${name} {}`] : [`${indent}message ${name} {`, ...body, `${indent}}`]
}

function typeName(shape: Shape): string {
  switch (shape.kind) {
    case 'scalar':
      return shape.type
    case 'message':
      return shape.name
    case 'list':
      return `repeated ${typeName(shape.items)}`
    case 'map':
      return `map<string, ${typeName(shape.values)}>`
    case 'any':
      return 'google.protobuf.Value'
  }
}
