/**
 * The error of a request for which no connection came about. The same code may come from an open connection (EHOSTUNREACH, when the way to the
 * other machine breaks after the request has left), so the call that failed counts too. Where a name has several addresses, none may have let us in.
 */
export function neverConnected(error: unknown): boolean {
  if (error instanceof AggregateError) return error.errors.length > 0 && error.errors.every(neverConnected)
  const { code, syscall } = (error ?? {}) as NodeJS.ErrnoException
  if (syscall === 'getaddrinfo') return true
  return code === 'UND_ERR_CONNECT_TIMEOUT' || (syscall === 'connect' && NOBODY_THERE.has(code))
}

const NOBODY_THERE: ReadonlySet<string | undefined> = new Set(['ECONNREFUSED', 'EHOSTUNREACH', 'ENETUNREACH', 'ETIMEDOUT'])
