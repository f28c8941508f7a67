/** Whether the registry signed what is installed. */
export type Signed =
  /** nobody could be asked, or the registry signs nothing, so nothing is known */
  | { readonly outcome: 'not-asked'; readonly why: string }
  | { readonly outcome: 'signed' | 'forged'; readonly packages: readonly string[] }

interface Report {
  readonly error?: { readonly summary?: string }
  readonly message?: string
  readonly invalid?: readonly { readonly name?: string; readonly version?: string }[]
  readonly missing?: readonly { readonly name?: string; readonly version?: string }[]
}

/** What `npm audit signatures --json` printed. A signature that is missing counts like one that is wrong: both are what a swapped package has. */
export function judgeSignatures(printed: string): Signed {
  let report: Report = {}
  try {
    report = (JSON.parse(printed) as Report | null) ?? {}
  } catch {
    // no report
  }
  if (!Array.isArray(report.invalid) || !Array.isArray(report.missing))
    return { outcome: 'not-asked', why: report.message ?? report.error?.summary ?? 'npm gave no report' }
  const packages = [...report.invalid, ...report.missing].map(({ name = '?', version = '?' }) => `${name}@${version}`)
  return { outcome: packages.length > 0 ? 'forged' : 'signed', packages }
}
