/**
 * Errors the domain speaks: a kind and a code, never an HTTP number. `kit/http/problem.ts` is the one
 * place that turns a kind into a status. A refusal a caller must handle (declined card, missing stock) is
 * data, not an error; an error is a broken promise.
 */
export type ErrorKind =
  | 'invalid'
  | 'unauthenticated'
  | 'forbidden'
  | 'not-found'
  | 'conflict'
  | 'precondition-failed'
  | 'rule'
  | 'payment-refused'
  | 'too-large'
  | 'unsupported-media-type'
  | 'rate-limited'
  | 'unavailable'
  | 'gone'

/** One bad field of an input; `pointer` is an RFC 6901 JSON pointer into the body, or `?name` for a query parameter. */
export interface FieldError {
  pointer: string
  message: string
}

export interface DomainErrorOptions {
  details?: Record<string, unknown>
  fields?: FieldError[]
  retryAfterSeconds?: number
  cause?: unknown
}

export class DomainError extends Error {
  readonly kind: ErrorKind
  /** `<service>/<kebab-name>`, stable, documented in docs/errors.md. */
  readonly code: string
  readonly details: Record<string, unknown>
  readonly fields: FieldError[]
  readonly retryAfterSeconds: number | undefined

  constructor(kind: ErrorKind, code: string, message: string, options: DomainErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'DomainError'
    this.kind = kind
    this.code = code
    this.details = options.details ?? {}
    this.fields = options.fields ?? []
    this.retryAfterSeconds = options.retryAfterSeconds
  }
}

export interface ErrorDeclaration {
  service: string
  code: string
  kind: ErrorKind
  message: string
}

type Table = Record<string, readonly [ErrorKind, string]>
export type ErrorFactory = ((details?: Record<string, unknown>, options?: Omit<DomainErrorOptions, 'details'>) => DomainError) &
  ErrorDeclaration

const declared = new Map<string, ErrorDeclaration>()

/**
 * Declares the errors of one service: `defineErrors('orders', { notFound: ['not-found', 'There is no such order.'] })`.
 * Each entry becomes a factory: `throw errors.notFound({ orderId })` → code `orders/not-found`.
 */
export function defineErrors<T extends Table>(service: string, table: T): { [K in keyof T]: ErrorFactory } {
  const factories = {} as { [K in keyof T]: ErrorFactory }
  for (const [name, [kind, message]] of Object.entries(table)) {
    const code = `${service}/${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`
    const declaration: ErrorDeclaration = { service, code, kind, message }
    declared.set(code, declaration)
    const create = (details: Record<string, unknown> = {}, options: Omit<DomainErrorOptions, 'details'> = {}) =>
      new DomainError(kind, code, message, { ...options, details })
    factories[name as keyof T] = Object.assign(create, declaration)
  }
  return factories
}

/** Every error declared by the modules loaded so far, for docs/errors.md. */
export function declaredErrors(): ErrorDeclaration[] {
  return [...declared.values()].sort((a, b) => (a.code < b.code ? -1 : 1))
}

/** Kinds a caller may try again without changing anything. */
export function isTransient(error: unknown): boolean {
  return error instanceof DomainError && (error.kind === 'unavailable' || error.kind === 'rate-limited')
}
