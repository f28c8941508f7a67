import type { Schema } from './schema.ts'

export interface Parameter {
  readonly name: string
  readonly in: 'path' | 'query' | 'header'
  readonly required: boolean
  /** false: a list is one value with commas */
  readonly explode?: boolean
  readonly schema: Schema
}

/** One operation of the served OpenAPI document. */
export interface Operation {
  /** `POST /api/orders` */
  readonly label: string
  readonly method: string
  readonly path: string
  readonly parameters: readonly Parameter[]
  readonly body: { readonly schema: Schema; readonly required: boolean } | undefined
  /** status -> schema of its JSON body, where there is one */
  readonly responses: ReadonlyMap<number, Schema | undefined>
  /** a caller without token may get further than 401 */
  readonly open: boolean
}

interface Document {
  readonly paths: Record<string, Record<string, DocumentedOperation>>
}

interface DocumentedOperation {
  readonly parameters?: readonly Parameter[]
  readonly requestBody?: { readonly required?: boolean; readonly content: Record<string, { readonly schema: Schema }> }
  readonly responses: Record<string, { readonly content?: Record<string, { readonly schema: Schema }> }>
  readonly security?: readonly Record<string, unknown>[]
}

/** In the order of a life: made, looked at, changed, taken away. */
const ORDER = ['POST', 'PUT', 'GET', 'PATCH', 'DELETE']

export function operationsOf(document: Document): Operation[] {
  const found = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([name, operation]): Operation => {
      const method = name.toUpperCase()
      const json = operation.requestBody?.content['application/json']
      return {
        label: `${method} ${path}`,
        method,
        path,
        parameters: operation.parameters ?? [],
        // a signed message is refused for its signature, whatever is in it
        body:
          json && Object.keys(json.schema).length > 0
            ? { schema: json.schema, required: operation.requestBody?.required ?? false }
            : undefined,
        responses: new Map(
          Object.entries(operation.responses).map(([status, { content }]) => [
            Number(status),
            Object.entries(content ?? {}).find(([type]) => type.includes('json'))?.[1].schema,
          ]),
        ),
        open: (operation.security ?? []).length === 0 || operation.security!.some((one) => Object.keys(one).length === 0),
      }
    }),
  )
  return found.sort((a, b) => ORDER.indexOf(a.method) - ORDER.indexOf(b.method))
}
