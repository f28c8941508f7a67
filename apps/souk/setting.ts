import Type, { type Static, type TSchema } from 'typebox'

/** One setting of the platform: what stands in docs/settings.md and what the start checks. */
export interface Setting<S extends TSchema = TSchema> {
  /** environment variable */
  readonly env: string
  readonly schema: S
  /** Without one the setting is optional; `defaultText` then says what happens. */
  readonly default?: Static<S>
  readonly defaultText?: string
  /** never shown, never logged */
  readonly secret?: boolean
  /** taken over while we run, when the configuration is read again */
  readonly refreshable?: boolean
  /** looks closer than the schema can; throws with a line for the person who wrote the value */
  readonly check?: (value: Static<S>) => unknown
  readonly summary: string
}

/** A row of the table. */
export function setting<S extends TSchema, const O extends Omit<Setting<S>, 'env' | 'schema'>>(
  env: string,
  schema: S,
  options: O,
) {
  return { env, schema, default: undefined, ...options } as Setting<S> & { readonly default: O['default'] }
}

/** A URL with one of these schemes. */
export const url = (schemes: string, description: string) => Type.String({ pattern: `^(${schemes})`, description })
/** One of these words. */
export function choice<const T extends string[]>(...values: T) {
  return Type.Unsafe<T[number]>(Type.Union(values.map((value) => Type.Literal(value))))
}
