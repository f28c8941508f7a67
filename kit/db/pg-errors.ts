import { DomainError, defineErrors } from '#kit/core/errors.ts'

/** What the database can refuse for a while. All of kind `unavailable`: nothing is wrong with the request, it may be sent again. */
export const databaseErrors = defineErrors('database', {
  busy: ['unavailable', 'The database is busy: no connection became free in time.'],
  statementTimeout: ['unavailable', 'The database took too long and the statement was stopped.'],
  lockTimeout: ['unavailable', 'Somebody else is changing the same data; the wait for it was given up.'],
  conflict: ['unavailable', 'Two changes crossed each other and this one was undone.'],
  diskFull: ['unavailable', 'The database has no disk space left.'],
  unreachable: ['unavailable', 'The database cannot be reached.'],
})

const refusals: Record<string, keyof typeof databaseErrors> = {
  '57014': 'statementTimeout',
  '55P03': 'lockTimeout',
  '40001': 'conflict',
  '40P01': 'conflict',
  '53100': 'diskFull',
  // too many connections, no memory, server going down or coming up, idle transaction ended, primary became a standby
  '53300': 'busy',
  '53200': 'busy',
  '57P01': 'unreachable',
  '57P02': 'unreachable',
  '57P03': 'unreachable',
  '25P03': 'unreachable',
  '25006': 'unreachable',
}

const connectionCodes = new Set(
  (
    'CONNECTION_CLOSED CONNECTION_ENDED CONNECTION_DESTROYED CONNECT_TIMEOUT ECONNREFUSED ECONNRESET EPIPE ETIMEDOUT ' +
    'ENOTFOUND EAI_AGAIN EHOSTUNREACH ENETUNREACH ENOENT'
  ).split(' '),
)

/** SQLSTATE or the client's own code; also when the error has been mapped. */
export function pgCode(error: unknown): string | undefined {
  const original = error instanceof DomainError ? error.cause : error
  const code = (original as { code?: unknown } | null | undefined)?.code
  return typeof code === 'string' ? code : undefined
}

/** The connection is gone, or leads to a server that is no primary any more. For a COMMIT under way this means "unknown", not "undone". */
export function isConnectionLoss(error: unknown): boolean {
  const code = pgCode(error)
  return code !== undefined && (connectionCodes.has(code) || /^(08|57P|25006$)/.test(code))
}

/** The database refused for a while: one of `databaseErrors`. */
export const isRefusal = (error: unknown): boolean => error instanceof DomainError && error.code.startsWith('database/')

/** A row with this key exists. `constraint`: name of the unique constraint or index, to tell several of a table apart. */
export function isUniqueViolation(error: unknown, constraint?: string): boolean {
  return pgCode(error) === '23505' && (constraint === undefined || constraintOf(error) === constraint)
}

/** A CHECK said no: the last line of defence of money and stock. */
export function isCheckViolation(error: unknown, constraint?: string): boolean {
  return pgCode(error) === '23514' && (constraint === undefined || constraintOf(error) === constraint)
}

/** A foreign key points nowhere, or something still points here. */
export function isForeignKeyViolation(error: unknown, constraint?: string): boolean {
  return pgCode(error) === '23503' && (constraint === undefined || constraintOf(error) === constraint)
}

function constraintOf(error: unknown): unknown {
  return (error as { constraint_name?: unknown }).constraint_name
}

/** Turns what the database or the way to it refuses for a while into a DomainError (cause: the original); the rest stays as it is. */
export function mapPgError(error: unknown): unknown {
  if (error instanceof DomainError) return error
  const code = pgCode(error)
  if (code === undefined) return error
  const refusal = refusals[code] ?? (isConnectionLoss(error) ? 'unreachable' : undefined)
  return refusal === undefined ? error : databaseErrors[refusal]({}, { cause: error, retryAfterSeconds: 1 })
}
