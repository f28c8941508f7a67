import { setImmediate } from 'node:timers/promises'
import { uuidv7 } from '#kit/core/ids.ts'
import { activate } from '../commands/change-model.ts'
import type { Deps } from '../deps.ts'
import { evaluate, type Evaluation } from '../model/evaluate.ts'
import { PARAMETERS } from '../model/parameters.ts'
import { trainNeighbours } from '../model/train.ts'
import { closeGaps, readSignals } from '../signals.ts'

/** A model is measured on these last days, by one that was trained on what was before. */
const MEASURED_DAYS = 28
/** Fewer purchases teach nothing. */
const FEWEST = 20
const AT_ONCE = 500

/** Trains the model that was asked for, or that is due. One at a time in the cluster, because jobs are. */
export async function trainIfDue(deps: Deps, signal: AbortSignal): Promise<void> {
  const { sql } = deps.db
  await sql`
    with ended as (
      update models m set state = 'failed', error = 'the process ended', finished_at = now() where m.state = 'training' returning m.version
    )
    delete from neighbours n using ended e where n.version = e.version`
  await askIfDue(deps)
  const [model] = await sql<{ version: number; asked_by: string | null }[]>`
    update models m set state = 'training', started_at = now() where m.state = 'asked' returning m.version, m.asked_by`
  if (!model) return
  try {
    await train(deps, model.version, signal)
  } catch (error) {
    await sql`update models m set state = 'failed', error = ${String(error).slice(0, 500)}, finished_at = now() where m.version = ${model.version}`
    await sql`delete from neighbours n where n.version = ${model.version}`
    if (!signal.aborted) throw error
  }
}

/** Once a day where something was bought since; after ten minutes where a quarter has come in, after one where it has doubled: an import, a first day. */
async function askIfDue({ db, settings }: Deps): Promise<void> {
  await db.sql`
    with attempt as (select m.started_at, m.state = 'failed' as failed from models m where m.started_at is not null order by m.version desc limit 1),
    good as (select m.started_at, m.signals from models m where m.state in ('ready', 'active') order by m.version desc limit 1),
    news as (
      select count(*) as purchases, (select coalesce(max(g.signals), 0) from good g) as learnt
        from (select 1 from purchases p where p.heard_at > coalesce((select g.started_at from good g), '-infinity')
               limit (select greatest(${FEWEST}, coalesce(max(g.signals), 0) + 1) from good g)) n
    )
    insert into models (state)
    select 'asked' from news n left join attempt a on true
     where n.purchases > 0 and not exists (select 1 from models m where m.state = 'asked') and case
       when a.started_at is null then n.purchases >= ${FEWEST}
       else a.started_at < now() - case
         when n.purchases < ${FEWEST} then make_interval(hours => ${settings.trainEveryHours})
         when n.purchases > n.learnt and not a.failed then interval '1 minute'
         when n.purchases * 4 > n.learnt then interval '10 minutes'
         else make_interval(hours => ${settings.trainEveryHours}) end
       end
        on conflict do nothing`
}

async function train(deps: Deps, version: number, signal: AbortSignal): Promise<void> {
  const { db, settings, kit } = deps
  const pause = async (): Promise<void> => {
    await setImmediate()
    signal.throwIfAborted()
  }
  const begun = Date.now()
  const until = new Date()
  const signals = closeGaps(await readSignals(db.sql, settings.trainDays))
  const last = signals.reduce((latest, { at }) => Math.max(latest, at), 0)
  const neighbours = await trainNeighbours(signals, last, PARAMETERS, pause)
  const rows = [...neighbours].filter(([, list]) => list.length > 0)
  for (let from = 0; from < rows.length; from += AT_ONCE) {
    const some = rows.slice(from, from + AT_ONCE).map(([product_id, list]) => ({
      product_id,
      others: list.map(({ product }) => product),
      scores: list.map(({ score }) => Number(score.toPrecision(6))),
    }))
    await db.sql`
      insert into neighbours (version, product_id, others, scores)
      select ${version}, x.product_id, x.others, x.scores
        from jsonb_to_recordset(${JSON.stringify(some)}::text::jsonb) as x(product_id uuid, others uuid[], scores real[])`
    signal.throwIfAborted()
  }
  const measured = await evaluate(signals, last - MEASURED_DAYS, last + 1, PARAMETERS, pause)
  await db.tx(async (tx) => {
    await tx`
      update models m set state = 'ready', finished_at = now(), trained_until = ${until}, signals = ${signals.length}, products = ${rows.length},
             figures = ${JSON.stringify(figuresOf(measured))}::text::jsonb
       where m.version = ${version}`
    if (rows.length > 0 && isGoodEnough(measured)) await activate(tx, { id: uuidv7(), version, by: null })
    // locked in a statement before: an experiment that starts now is seen by the next one, or sees what that did
    await tx`select 1 from models m where m.state = 'ready' and not m.emptied order by m.version for update`
    await tx`
      with old as (
        update models m set emptied = true where m.state = 'ready' and not m.emptied and m.version <= ${version}
           and not exists (select 1 from experiments e cross join jsonb_array_elements(e.variants) v where e.state <> 'stopped' and (v->>'model')::integer = m.version)
           and m.version not in (select k.version from models k where k.state in ('ready', 'active') and not k.emptied order by k.version desc limit ${settings.keepModels})
        returning m.version
      )
      delete from neighbours n using old where n.version = old.version`
  })
  kit.log.info(
    { version, signals: signals.length, products: rows.length, ms: Date.now() - begun },
    'a model of recommendations was trained',
  )
}

/** With too few users to tell, a model is better than none. */
function isGoodEnough({ discoveries: { users, model, popularity } }: Evaluation): boolean {
  return users < 50 || model.hitRate > popularity.hitRate
}

function figuresOf({ discoveries: { users, model, popularity } }: Evaluation) {
  return {
    users,
    hitRateAt10: model.hitRate,
    popularityHitRateAt10: popularity.hitRate,
    ndcgAt10: model.ndcg,
    coverage: model.coverage,
  }
}
