/**
 * The request may be sent a second time without being done twice: it only reads, or its key makes it so. PUT and DELETE are idempotent by
 * their method, but the second answer is another one (404 for what was deleted, 412 for a version that the first has changed).
 */
export function mayRepeat(method: string, idempotencyKey: string | undefined): boolean {
  return SAFE.has(method) || idempotencyKey !== undefined
}
const SAFE: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS'])
