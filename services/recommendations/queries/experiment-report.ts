import type { Query } from '#kit/db/db.ts'
import type { Variant } from '../experiment.ts'
import { compareProportions, type Difference, sampleRatioMismatch } from '../statistics.ts'

/** Below this chance the split is broken, whatever the variants do (as in Fabijan et al., KDD 2019). */
const MISMATCH = 0.001
const SIGNIFICANT = 0.05

export interface VariantReport {
  readonly key: string
  readonly weight: number
  readonly subjects: number
  readonly clicked: number
  readonly customers: number
  readonly ordered: number
  /** against the first variant; null for itself, and where nothing can be said yet */
  readonly clickThrough: Judged | null
  readonly conversion: Judged | null
}

export interface Judged extends Difference {
  readonly significant: boolean
}

export interface ExperimentReport {
  readonly variants: readonly VariantReport[]
  /** chance that chance alone splits the subjects like this */
  readonly sampleRatioP: number
  readonly sampleRatioMismatch: boolean
}

/** What came of an experiment: each subject counts once, in the variant it saw first. */
export async function experimentReport(db: Query, id: string, variants: readonly Variant[]): Promise<ExperimentReport> {
  const rows = await db<{ variant: string; subjects: number; clicked: number; customers: number; ordered: number }[]>`
    select x.variant, count(*)::integer as subjects, count(x.clicked_at)::integer as clicked,
           count(*) filter (where x.customer)::integer as customers, count(x.ordered_at) filter (where x.customer)::integer as ordered
      from exposures x where x.experiment_id = ${id} group by x.variant`
  const counts = variants.map(({ key, weight }) => {
    const row = rows.find(({ variant }) => variant === key)
    const { subjects = 0, clicked = 0, customers = 0, ordered = 0 } = row ?? {}
    return { key, weight, subjects, clicked, customers, ordered }
  })
  const [control] = counts
  const judged = (difference: Difference | undefined): Judged | null =>
    difference ? { ...difference, significant: difference.p < SIGNIFICANT } : null
  const p = sampleRatioMismatch(
    counts.map(({ subjects }) => subjects),
    counts.map(({ weight }) => weight),
  )
  return {
    variants: counts.map((one, at) => ({
      ...one,
      clickThrough:
        at === 0
          ? null
          : judged(
              compareProportions({ hits: control!.clicked, of: control!.subjects }, { hits: one.clicked, of: one.subjects }),
            ),
      conversion:
        at === 0
          ? null
          : judged(
              compareProportions({ hits: control!.ordered, of: control!.customers }, { hits: one.ordered, of: one.customers }),
            ),
    })),
    sampleRatioP: p,
    sampleRatioMismatch: p < MISMATCH,
  }
}
