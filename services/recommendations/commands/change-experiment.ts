import type { Tx } from '#kit/db/db.ts'
import { errors } from '../errors.ts'
import { faultOf, type Placement, type Variant } from '../experiment.ts'

export interface Draft {
  readonly id: string
  readonly key: string
  readonly placement: Placement
  readonly variants: readonly Variant[]
  readonly by: string
}

/** Writes a draft. Throws `recommendations/bad-variants` with the place of the fault. */
export async function draftExperiment(tx: Tx, { id, key, placement, variants, by }: Draft): Promise<void> {
  const fault = faultOf(variants)
  if (fault) throw errors.badVariants({}, { fields: [{ pointer: `/variants/${fault.at}`, message: fault.message }] })
  await requireModels(tx, variants)
  const written = await tx`
    insert into experiments (id, key, placement, variants, created_by)
    values (${id}, ${key}, ${placement}, ${JSON.stringify(variants)}::text::jsonb, ${by}) on conflict (key) do nothing`
  if (written.count === 0) throw errors.experimentExists({ key })
}

/** Models that variants name can be used, and are not emptied before this transaction has ended. */
async function requireModels(tx: Tx, variants: readonly Variant[]): Promise<void> {
  for (const [at, { model }] of variants.entries()) {
    if (model === null) continue
    const [usable] = await tx`
      select 1 from models m where m.version = ${model} and m.state in ('ready', 'active') and not m.emptied for share`
    if (!usable)
      throw errors.badVariants({}, { fields: [{ pointer: `/variants/${at}/model`, message: 'is not a model that can be used' }] })
  }
}

/** A draft begins to run; its variants stay as they are from then on. Throws where another one runs at its place, or a model of it is gone. */
export async function startExperiment(tx: Tx, id: string): Promise<void> {
  // one start at a time: the second sees what the first one began
  await tx`lock table experiments in share row exclusive mode`
  const [other] = await tx<{ key: string }[]>`
    select o.key from experiments o join experiments e on e.id = ${id} and e.state = 'draft' and o.placement = e.placement where o.state = 'running'`
  if (other) throw errors.placeTaken({ experiment: other.key })
  const [started] = await tx<{ variants: Variant[] }[]>`
    update experiments e set state = 'running', started_at = now() where e.id = ${id} and e.state = 'draft' returning e.variants`
  if (!started) throw (await exists(tx, id)) ? errors.notDraft() : errors.noSuchExperiment()
  await requireModels(tx, started.variants)
}

/** Everybody gets what is usual again. The report stays. */
export async function stopExperiment(tx: Tx, id: string): Promise<void> {
  const stopped =
    await tx`update experiments e set state = 'stopped', stopped_at = clock_timestamp() where e.id = ${id} and e.state = 'running'`
  if (stopped.count === 0) throw (await exists(tx, id)) ? errors.notRunning() : errors.noSuchExperiment()
}

export async function deleteDraft(tx: Tx, id: string): Promise<void> {
  const gone = await tx`delete from experiments e where e.id = ${id} and e.state = 'draft'`
  if (gone.count === 0) throw (await exists(tx, id)) ? errors.notDraft() : errors.noSuchExperiment()
}

const exists = async (tx: Tx, id: string): Promise<boolean> =>
  (await tx`select 1 from experiments e where e.id = ${id}`).length > 0
