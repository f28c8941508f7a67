import { statusOf } from './problem.ts'
import { declaredErrors } from '#kit/core/errors.ts'

const safe = (text: string) =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')

/** What `type` of a problem points to: every code that the running modules declare, each under its own anchor. */
export function errorPage(): string {
  const rows = declaredErrors().map((error) => {
    const code = safe(error.code)
    return `<tr id="${code}"><td><a href="#${code}"><code>${code}</code></a></td><td>${statusOf(error)}</td><td>${safe(error.message)}</td></tr>`
  })
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>Errors</title></head>
<body>
<h1>Errors</h1>
<table>
<tr><th>Code</th><th>Status</th><th>Meaning</th></tr>
${rows.join('\n')}
</table>
</body>
</html>
`
}
