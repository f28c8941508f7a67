import { create, type DescFile, type DescService, type Message, toBinary } from '@bufbuild/protobuf'
import { FileDescriptorProtoSchema } from '@bufbuild/protobuf/wkt'
import { Code, type ConnectRouter } from '@connectrpc/connect'
import { reflectionOf, type ReflectionVersion } from './well-known.ts'

interface Asked {
  readonly messageRequest: { readonly case?: string; readonly value?: unknown }
  readonly host: string
}

/** Tells gRPC tools (grpcurl, Postman, Kreya) which services, methods and messages there are, as grpc.reflection v1 and v1alpha want it. */
export function serveReflection(router: ConnectRouter, services: readonly DescService[]): void {
  const versions: readonly ReflectionVersion[] = ['v1', 'v1alpha']
  const reflections = versions.map(reflectionOf)
  const all = [...services, ...reflections]
  const files = new Map<string, DescFile>()
  for (const { file } of all) remember(file, files)
  const named = namesIn(files.values())
  for (const desc of reflections) {
    const method = desc.methods[0]!
    router.service(desc, {
      async *[method.localName](requests: AsyncIterable<Message & Asked>) {
        for await (const request of requests)
          yield create(method.output, {
            validHost: request.host,
            originalRequest: request,
            messageResponse: answer(request),
          } as never)
      },
    } as never)
  }

  function answer({ messageRequest: { case: question, value } }: Asked): unknown {
    const text = String(value ?? '')
    switch (question) {
      case 'listServices':
        return { case: 'listServicesResponse', value: { service: all.map(({ typeName: name }) => ({ name })) } }
      case 'fileByFilename':
        return fileAnswer(files.get(text), text)
      case 'fileContainingSymbol':
        return fileAnswer(named.get(text), text)
      case 'allExtensionNumbersOfType':
        return { case: 'allExtensionNumbersResponse', value: { baseTypeName: text, extensionNumber: [] } }
      default:
        return refused(text)
    }
  }
}

/** The file and all it needs: a tool then asks once. */
function fileAnswer(file: DescFile | undefined, asked: string): unknown {
  if (!file) return refused(asked)
  const needed = new Map<string, DescFile>()
  remember(file, needed)
  return {
    case: 'fileDescriptorResponse',
    value: { fileDescriptorProto: [...needed.values()].map(({ proto }) => toBinary(FileDescriptorProtoSchema, proto)) },
  }
}

const refused = (asked: string): unknown => ({
  case: 'errorResponse',
  value: { errorCode: Code.NotFound, errorMessage: `There is no ${asked || 'such thing'} here.` },
})

/** `file.name` of protobuf-es lacks its ending; tools ask by the whole. */
function remember(file: DescFile, into: Map<string, DescFile>): void {
  if (into.has(file.proto.name)) return
  into.set(file.proto.name, file)
  for (const needed of file.dependencies) remember(needed, into)
}

function namesIn(files: Iterable<DescFile>): Map<string, DescFile> {
  const named = new Map<string, DescFile>()
  const add = (file: DescFile, messages: DescFile['messages']): void => {
    for (const message of messages) {
      named.set(message.typeName, file)
      for (const field of message.fields) named.set(`${message.typeName}.${field.name}`, file)
      for (const inner of message.nestedEnums) named.set(inner.typeName, file)
      add(file, message.nestedMessages)
    }
  }
  for (const file of files) {
    add(file, file.messages)
    for (const kind of file.enums) named.set(kind.typeName, file)
    for (const service of file.services) {
      named.set(service.typeName, file)
      for (const { name } of service.methods) named.set(`${service.typeName}.${name}`, file)
    }
  }
  return named
}
