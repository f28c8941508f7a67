import { createFileRegistry, type DescMessage, type DescService, fromJson, type JsonObject } from '@bufbuild/protobuf'
import { FileDescriptorProtoSchema } from '@bufbuild/protobuf/wkt'

/**
 * Three small protocols every gRPC tool knows, by their published field names and numbers: grpc.health.v1, grpc.reflection.v1 (and v1alpha,
 * which many clients still ask first) and google.rpc.ErrorInfo.
 */
interface Fields {
  readonly [name: string]: readonly [number: number, type: string]
}

const message = (name: string, fields: Fields, more: JsonObject = {}): JsonObject => ({
  name,
  field: Object.entries(fields).map(([field, [number, type]]) => {
    const [kind, repeated] = type.endsWith('[]') ? [type.slice(0, -2), true] : [type, false]
    return {
      name: field,
      number,
      label: repeated ? 'LABEL_REPEATED' : 'LABEL_OPTIONAL',
      ...(kind.startsWith('enum ')
        ? { type: 'TYPE_ENUM', typeName: kind.slice(5) }
        : kind.startsWith('.')
          ? { type: 'TYPE_MESSAGE', typeName: kind }
          : { type: `TYPE_${kind.toUpperCase()}` }),
    }
  }),
  ...more,
})

const file = (json: JsonObject) =>
  createFileRegistry(fromJson(FileDescriptorProtoSchema, { syntax: 'proto3', ...json }), () => undefined)

const health = file({
  name: 'grpc/health/v1/health.proto',
  package: 'grpc.health.v1',
  messageType: [
    message('HealthCheckRequest', { service: [1, 'string'] }),
    message(
      'HealthCheckResponse',
      { status: [1, 'enum .grpc.health.v1.HealthCheckResponse.ServingStatus'] },
      {
        enumType: [
          {
            name: 'ServingStatus',
            value: ['UNKNOWN', 'SERVING', 'NOT_SERVING', 'SERVICE_UNKNOWN'].map((name, number) => ({ name, number })),
          },
        ],
      },
    ),
  ],
  service: [
    {
      name: 'Health',
      method: [
        { name: 'Check', inputType: '.grpc.health.v1.HealthCheckRequest', outputType: '.grpc.health.v1.HealthCheckResponse' },
        {
          name: 'Watch',
          inputType: '.grpc.health.v1.HealthCheckRequest',
          outputType: '.grpc.health.v1.HealthCheckResponse',
          serverStreaming: true,
        },
      ],
    },
  ],
})
export const Health = health.getService('grpc.health.v1.Health') as DescService
export const SERVING = { yes: 1, no: 2 } as const

export type ReflectionVersion = 'v1' | 'v1alpha'

/** The reflection service of one version; both have the same messages. */
export function reflectionOf(version: ReflectionVersion): DescService {
  const name = `grpc.reflection.${version}`
  const registry = file({
    name: `grpc/reflection/${version}/reflection.proto`,
    package: name,
    messageType: [
      message(
        'ServerReflectionRequest',
        {
          host: [1, 'string'],
          file_by_filename: [3, 'string'],
          file_containing_symbol: [4, 'string'],
          file_containing_extension: [5, `.${name}.ExtensionRequest`],
          all_extension_numbers_of_type: [6, 'string'],
          list_services: [7, 'string'],
        },
        {},
      ),
      message('ExtensionRequest', { containing_type: [1, 'string'], extension_number: [2, 'int32'] }),
      message('ServerReflectionResponse', {
        valid_host: [1, 'string'],
        original_request: [2, `.${name}.ServerReflectionRequest`],
        file_descriptor_response: [4, `.${name}.FileDescriptorResponse`],
        all_extension_numbers_response: [5, `.${name}.ExtensionNumberResponse`],
        list_services_response: [6, `.${name}.ListServiceResponse`],
        error_response: [7, `.${name}.ErrorResponse`],
      }),
      message('FileDescriptorResponse', { file_descriptor_proto: [1, 'bytes[]'] }),
      message('ExtensionNumberResponse', { base_type_name: [1, 'string'], extension_number: [2, 'int32[]'] }),
      message('ListServiceResponse', { service: [1, `.${name}.ServiceResponse[]`] }),
      message('ServiceResponse', { name: [1, 'string'] }),
      message('ErrorResponse', { error_code: [1, 'int32'], error_message: [2, 'string'] }),
    ].map(withChoices),
    service: [
      {
        name: 'ServerReflection',
        method: [
          {
            name: 'ServerReflectionInfo',
            inputType: `.${name}.ServerReflectionRequest`,
            outputType: `.${name}.ServerReflectionResponse`,
            clientStreaming: true,
            serverStreaming: true,
          },
        ],
      },
    ],
  })
  return registry.getService(`${name}.ServerReflection`) as DescService
}

/** What is asked and what is answered is one of several: a oneof, so that an empty text counts as asked. */
function withChoices(json: JsonObject): JsonObject {
  const oneof = { ServerReflectionRequest: 'message_request', ServerReflectionResponse: 'message_response' }[json.name as string]
  if (!oneof) return json
  const before = new Set(['host', 'valid_host', 'original_request'])
  const fields = json.field as JsonObject[]
  return {
    ...json,
    oneofDecl: [{ name: oneof }],
    field: fields.map((field) => (before.has(field.name as string) ? field : { ...field, oneofIndex: 0 })),
  }
}

/** What every gRPC client can read of an error: a code of ours, who says it, and texts. */
export const ErrorInfo = file({
  name: 'google/rpc/error_details.proto',
  package: 'google.rpc',
  messageType: [
    message(
      'ErrorInfo',
      { reason: [1, 'string'], domain: [2, 'string'], metadata: [3, '.google.rpc.ErrorInfo.MetadataEntry[]'] },
      { nestedType: [message('MetadataEntry', { key: [1, 'string'], value: [2, 'string'] }, { options: { mapEntry: true } })] },
    ),
  ],
}).getMessage('google.rpc.ErrorInfo') as DescMessage
