import type { ServiceKit } from '#kit/service/service.ts'
import type { Assignment } from './running-experiments.ts'
import type { Placement, Strategy } from './experiment.ts'
import { holdPeople } from './person-lock.ts'

const EVERY_MS = 1000
/** More subjects than this in one second take part in the next second. */
const AT_MOST = 2000

/** A list that was shown to somebody. */
export interface Shown {
  readonly placement: Placement
  readonly strategy: Strategy
  readonly experiment: Assignment['experiment']
  readonly subject: { readonly id: string; readonly customer: boolean } | null
}

export interface ShownLog {
  record(shown: Shown): void
  /** Stores what is held now. */
  flush(): Promise<void>
}

/**
 * Counts lists and notes who was exposed to an experiment, stored once a second in one statement, so that showing a list costs no write. A process that
 * dies loses those of its last second; whoever looks again is noted then. Whoever stops the experiment waits for this, or this for them: nobody takes part
 * in what is over.
 */
export function createShownLog(kit: Pick<ServiceKit<never>, 'db' | 'log'>): ShownLog {
  let counts = new Map<string, { placement: string; strategy: string; shown: number }>()
  let exposures = new Map<string, { experiment_id: string; subject_id: string; variant: string; customer: boolean }>()
  let timer: NodeJS.Timeout | undefined

  async function flush(): Promise<void> {
    clearTimeout(timer)
    timer = undefined
    const [counted, exposed] = [[...counts.values()], [...exposures.values()]]
    counts = new Map()
    exposures = new Map()
    if (counted.length === 0) return
    try {
      await kit.db.tx(async (tx) => {
        const people = exposed.map(({ subject_id }) => subject_id)
        await holdPeople(tx, people)
        await tx`
        with counted as (
          insert into placement_days as d (day, placement, strategy, shown)
          select current_date, x.placement, x.strategy, x.shown
            from jsonb_to_recordset(${JSON.stringify(counted)}::text::jsonb) as x(placement text, strategy text, shown integer) order by 2, 3
              on conflict (day, placement, strategy) do update set shown = d.shown + excluded.shown
        )
        insert into exposures (experiment_id, subject_id, variant, customer, exposed_at)
        select x.experiment_id, x.subject_id, x.variant, x.customer, clock_timestamp()
          from jsonb_to_recordset(${JSON.stringify(exposed)}::text::jsonb) as x(experiment_id uuid, subject_id uuid, variant text, customer boolean)
          join experiments e on e.id = x.experiment_id and e.state = 'running'
         where not exists (select 1 from unremembered u where u.person_id = x.subject_id)
         order by 1, 2
           for share of e
            on conflict (experiment_id, subject_id) do nothing`
      })
    } catch (error) {
      kit.log.warn({ lists: counted.length, error: String(error) }, 'lists that were shown could not be recorded')
    }
  }

  return {
    record({ placement, strategy, experiment, subject }) {
      const key = `${placement} ${strategy}`
      const before = counts.get(key)
      counts.set(key, { placement, strategy, shown: (before?.shown ?? 0) + 1 })
      if (experiment && subject && exposures.size < AT_MOST)
        exposures.set(`${experiment.id} ${subject.id}`, {
          experiment_id: experiment.id,
          subject_id: subject.id,
          variant: experiment.variant,
          customer: subject.customer,
        })
      timer ??= setTimeout(() => void flush(), EVERY_MS).unref()
    },
    flush,
  }
}
