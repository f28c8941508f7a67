import type { ErrorDeclaration } from '#kit/core/errors.ts'
import { statusOf } from '#kit/http/problem.ts'
import { code, page, table } from './markdown.ts'

export function errorsPage(errors: readonly ErrorDeclaration[]): string {
  const parts = [...Map.groupBy(errors, (error) => error.service)].map(([service, own]) =>
    [
      `## ${service}`,
      table(
        ['Code', 'Kind', 'Status', 'Meaning'],
        own.map((error) => [`<a id="${error.code}"></a>${code(error.code)}`, error.kind, String(statusOf(error)), error.message]),
      ),
    ].join('\n\n'),
  )
  return page(
    'Errors',
    'Every error has a stable code and a kind; the kind decides the HTTP status. Answers are problem+json (RFC 9457) with `code`, and `errors[]` where input is at fault.',
    ...parts,
  )
}
