import { RecommendationsShown } from '#contracts/events/recommendations.ts'
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

interface Counted {
  readonly placement: Placement
  readonly strategy: Strategy
  readonly experiment: { readonly experimentId: string; readonly variant: string } | null
  readonly lists: number
}

/**
 * Counts lists and notes who was exposed to an experiment, stored and told (`RecommendationsShown`) once a second, so that showing a list costs no
 * write. A process that dies loses those of its last second; whoever looks again is noted then. Whoever stops the experiment waits for this, or this
 * for them: nobody takes part in what is over.
 */
export function createShownLog(kit: Pick<ServiceKit<never>, 'db' | 'log' | 'outbox'>): ShownLog {
  let counts = new Map<string, Counted>()
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
        const added = await tx<{ experiment_id: string; variant: string }[]>`
        with counted as (
          insert into placement_days as d (day, placement, strategy, shown)
          select current_date, x.placement, x.strategy, sum(x.lists)
            from jsonb_to_recordset(${JSON.stringify(counted)}::text::jsonb) as x(placement text, strategy text, lists integer) group by 2, 3 order by 2, 3
              on conflict (day, placement, strategy) do update set shown = d.shown + excluded.shown
        )
        insert into exposures (experiment_id, subject_id, variant, customer, exposed_at)
        select x.experiment_id, x.subject_id, x.variant, x.customer, clock_timestamp()
          from jsonb_to_recordset(${JSON.stringify(exposed)}::text::jsonb) as x(experiment_id uuid, subject_id uuid, variant text, customer boolean)
          join experiments e on e.id = x.experiment_id and e.state = 'running'
         where not exists (select 1 from unremembered u where u.person_id = x.subject_id)
         order by 1, 2
           for share of e
            on conflict (experiment_id, subject_id) do nothing
        returning experiment_id, variant`
        await kit.outbox.append(
          tx,
          counted.map((one) => RecommendationsShown({ ...one, exposed: added.filter((row) => isOf(one, row)).length })),
        )
      })
      kit.outbox.wake()
    } catch (error) {
      kit.log.warn({ lists: counted.length, error: String(error) }, 'lists that were shown could not be recorded')
    }
  }

  return {
    record({ placement, strategy, experiment, subject }) {
      const shownIn = experiment && { experimentId: experiment.id, variant: experiment.variant }
      const key = JSON.stringify([placement, strategy, shownIn])
      counts.set(key, { placement, strategy, experiment: shownIn, lists: (counts.get(key)?.lists ?? 0) + 1 })
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

const isOf = ({ experiment }: Counted, row: { experiment_id: string; variant: string }): boolean =>
  experiment?.experimentId === row.experiment_id && experiment.variant === row.variant
