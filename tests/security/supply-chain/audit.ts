/** One line of audit-allowed.json: a known weakness that does not touch us, who says so, and until when. */
export interface Allowed {
  /** `GHSA-…` */
  readonly advisory: string
  readonly reason: string
  /** a day: `2027-01-31`; afterwards it has to be looked at again */
  readonly until: string
}

export interface Weakness {
  readonly advisory: string
  readonly package: string
  readonly severity: string
  readonly title: string
}

export type Verdict =
  /** nobody could be asked, so nothing is known */
  | { readonly outcome: 'not-asked'; readonly why: string }
  | {
      readonly outcome: 'clean' | 'weak'
      readonly open: readonly Weakness[]
      readonly allowed: readonly Weakness[]
      readonly stale: readonly string[]
    }

interface AuditReport {
  readonly error?: { readonly code?: string; readonly summary?: string }
  readonly message?: string
  readonly vulnerabilities?: Record<
    string,
    { readonly via: readonly (string | { url?: string; name?: string; severity?: string; title?: string })[] }
  >
}

const WORTH_A_STOP = new Set(['high', 'critical'])

/** What `npm audit --json` printed, held against what is allowed today. Lower severities are listed and stop nothing. */
export function judgeAudit(printed: string, allowed: readonly Allowed[], today: string): Verdict {
  const report = parsed(printed)
  if (!report?.vulnerabilities)
    return { outcome: 'not-asked', why: report?.message ?? report?.error?.summary ?? 'npm gave no report' }
  const found = Object.values(report.vulnerabilities).flatMap(({ via }) =>
    via.flatMap((one) =>
      typeof one === 'string'
        ? []
        : [
            {
              advisory: one.url?.split('/').at(-1) ?? '',
              package: one.name ?? '',
              severity: one.severity ?? '',
              title: one.title ?? '',
            },
          ],
    ),
  )
  const weaknesses = [...new Map(found.map((one) => [`${one.advisory} ${one.package}`, one])).values()]
  const may = new Set(allowed.filter(({ until }) => until >= today).map(({ advisory }) => advisory))
  const known = new Set(weaknesses.map(({ advisory }) => advisory))
  const stale = allowed.filter(({ advisory, until }) => until < today || !known.has(advisory)).map(({ advisory }) => advisory)
  const open = weaknesses.filter(({ advisory }) => !may.has(advisory))
  const outcome = stale.length > 0 || open.some(({ severity }) => WORTH_A_STOP.has(severity)) ? 'weak' : 'clean'
  return { outcome, open, allowed: weaknesses.filter(({ advisory }) => may.has(advisory)), stale }
}

function parsed(text: string): AuditReport | undefined {
  try {
    return JSON.parse(text) as AuditReport
  } catch {
    return undefined
  }
}
