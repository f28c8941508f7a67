import type { Tx } from '#kit/db/db.ts'
import { errors } from '../errors.ts'

interface Change {
  readonly id: string
  readonly version: number
  /** null: by itself */
  readonly by: string | null
  /** what a roll-back from it leads to; default: the model it replaces */
  readonly previous?: number | null
}

/** Makes a finished model the one that is used, from the next list on. Active already: nothing changes. */
export async function activate(tx: Tx, { id, version, by, previous }: Change): Promise<void> {
  const [model] = await tx<
    { state: string; emptied: boolean }[]
  >`select m.state, m.emptied from models m where m.version = ${version} for update`
  if (!model) throw errors.noSuchModel({ version })
  if (model.state === 'active') return
  if (model.state !== 'ready' || model.emptied) throw errors.notReady({ version })
  const [before] = await tx<
    { version: number }[]
  >`update models m set state = 'ready' where m.state = 'active' returning m.version`
  await tx`update models m set state = 'active' where m.version = ${version}`
  await tx`insert into activations (id, version, previous, by) values (${id}, ${version}, ${previous === undefined ? (before?.version ?? null) : previous}, ${by})`
}

/** Goes back to the model that was active before the one that is active now; once more, to the one before that. Returns its version. */
export async function rollBack(tx: Tx, { id, by }: Pick<Change, 'id' | 'by'>): Promise<number> {
  const [back] = await tx<{ version: number; previous: number | null }[]>`
    select b.version, (select a.previous from activations a where a.version = b.version order by a.at desc, a.id desc limit 1) as previous from models b
     where b.state = 'ready' and not b.emptied
       and b.version = (select a.previous from activations a join models m on m.version = a.version and m.state = 'active' order by a.at desc, a.id desc limit 1)`
  if (!back) throw errors.nothingBefore()
  await activate(tx, { id, by, ...back })
  return back.version
}

/** Asks for a model; the next one of the job. Returns its version. */
export async function askForModel(tx: Tx, by: string): Promise<number> {
  const [asked] = await tx<{ version: number }[]>`
    insert into models (state, asked_by) values ('asked', ${by}) on conflict do nothing returning version`
  if (!asked) throw errors.alreadyTraining()
  return asked.version
}
