/**
 * PostgreSQL array literals, sent as one text parameter (`${textArray(keys)}::text::text[]`): parsed by the server in C,
 * and independent of whether the client has looked up array types.
 */
export function plainArray(values: readonly (string | number | bigint)[]): string {
  return `{${values.join(',')}}`
}

/** The same for text that may hold anything: quotes, backslashes, commas. */
export function textArray(values: readonly string[]): string {
  return `{${values.map((value) => `"${value.replace(/["\\]/g, '\\$&')}"`).join(',')}}`
}

/** A schema or role name as SQL identifier. */
export function quoteIdentifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}
