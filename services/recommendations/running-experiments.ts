import type { Db } from '#kit/db/db.ts'
import { type Experiment, type Placement, type Strategy, USUAL, variantOf } from './experiment.ts'

const KNOWN_FOR_MS = 1000

/** How a list is made for one subject. */
export interface Assignment {
  readonly strategy: Strategy
  readonly model: number | null
  /** null: no experiment is running here, or the subject is not known */
  readonly experiment: { readonly id: string; readonly key: string; readonly variant: string } | null
}

export interface RunningExperiments {
  /** Experiments that run, as they were at most a second ago. */
  all(): Promise<readonly Experiment[]>
  /** Which variant this subject gets here. Nobody in particular gets what is usual. */
  assign(placement: Placement, subject: string | null): Promise<Assignment>
}

/** Remembers for a second what runs: it is asked before every list that is shown. */
export function runningExperiments(db: Db): RunningExperiments {
  let known: Promise<Experiment[]> | undefined
  let until = 0
  const all = (): Promise<Experiment[]> => {
    if (known && Date.now() < until) return known
    until = Date.now() + KNOWN_FOR_MS
    known = db.sql<Experiment[]>`
      select e.id, e.key, e.placement, e.variants from experiments e where e.state = 'running'`.then((rows) => [...rows])
    known.catch(() => {
      known = undefined
    })
    return known
  }
  return {
    all,
    async assign(placement, subject) {
      const usual: Assignment = { strategy: USUAL[placement], model: null, experiment: null }
      if (subject === null) return usual
      const experiment = (await all()).find((one) => one.placement === placement)
      if (!experiment) return usual
      const { key, strategy, model } = variantOf(experiment, subject)
      return { strategy, model, experiment: { id: experiment.id, key: experiment.key, variant: key } }
    },
  }
}
