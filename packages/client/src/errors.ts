/** A refusal of the shop, RFC 9457. `code` is stable: docs/errors.md lists all of them. */
export interface Problem {
  readonly code: string
  readonly status: number
  readonly title: string
  readonly detail: string
  readonly type?: string
  readonly instance?: string
  readonly traceId?: string
  /** JSON pointer into the body, `?name` for a query and `{name}` for a path parameter */
  readonly errors?: readonly { readonly pointer: string; readonly message: string }[]
  readonly details?: Readonly<Record<string, unknown>>
}

/** The shop answered, and said no. */
export class SoukError extends Error {
  override readonly name = 'SoukError'
  readonly problem: Problem
  readonly headers: Headers
  constructor(problem: Problem, headers: Headers) {
    super(problem.detail)
    this.problem = problem
    this.headers = headers
  }
  get code(): string {
    return this.problem.code
  }
  get status(): number {
    return this.problem.status
  }
}

/** Nobody answered in time. Whether the shop has done it is not known; the same Idempotency-Key finds out. */
export class UnreachableError extends Error {
  override readonly name = 'UnreachableError'
  constructor(url: string, cause: unknown) {
    super(`No answer from ${url}`, { cause })
  }
}
