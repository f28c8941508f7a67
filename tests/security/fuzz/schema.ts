/** The part of JSON Schema that our OpenAPI document uses. */
export interface Schema {
  readonly type?: string | readonly string[]
  readonly format?: string
  readonly pattern?: string
  readonly minLength?: number
  readonly maxLength?: number
  readonly minimum?: number
  readonly maximum?: number
  readonly exclusiveMinimum?: number
  readonly exclusiveMaximum?: number
  readonly multipleOf?: number
  readonly const?: unknown
  readonly enum?: readonly unknown[]
  readonly default?: unknown
  readonly items?: Schema
  readonly minItems?: number
  readonly maxItems?: number
  readonly uniqueItems?: boolean
  readonly properties?: Readonly<Record<string, Schema>>
  readonly patternProperties?: Readonly<Record<string, Schema>>
  readonly additionalProperties?: boolean | Schema
  readonly required?: readonly string[]
  readonly minProperties?: number
  readonly maxProperties?: number
  readonly anyOf?: readonly Schema[]
  readonly oneOf?: readonly Schema[]
  readonly allOf?: readonly Schema[]
}

/** The branches of a union; the schema itself where it is none. */
export const branches = (schema: Schema): readonly Schema[] => schema.anyOf ?? schema.oneOf ?? [schema]

/** What a map lets in: the schema of its values and the form of its keys; undefined where the object is no map. */
export function mapOf(schema: Schema): { key: string | undefined; value: Schema } | undefined {
  const [pattern] = Object.entries(schema.patternProperties ?? {})
  if (pattern) return { key: pattern[0], value: pattern[1] }
  if (typeof schema.additionalProperties === 'object') return { key: undefined, value: schema.additionalProperties }
  return undefined
}
