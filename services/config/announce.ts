import type { Deps } from './deps.ts'
import { ConfigRefreshed } from '#contracts/events/config.ts'
import type { Tx } from '#kit/db/db.ts'

/** Tells every process to read its configuration again, because somebody wants it. Returns the version they will find. */
export async function announceAsked({ outbox, repository, usualLabel }: Deps, tx: Tx, askedBy: string): Promise<string> {
  const { version } = await repository.at(undefined)
  await outbox.append(tx, [ConfigRefreshed({ label: usualLabel, version, reason: 'asked', askedBy })])
  return version
}

/**
 * Tells every process when the repository is another than the last time anybody looked, under whatever label: who follows which is not known here.
 * The first look only remembers.
 */
export async function announceChange({ db, outbox, repository, usualLabel }: Deps): Promise<void> {
  const version = await repository.state()
  await db.tx(async (tx) => {
    const [before] = await tx<{ version: string }[]>`select s.version from seen s where s.label = ${usualLabel} for update`
    if (before?.version === version) return
    await tx`
      insert into seen (label, version) values (${usualLabel}, ${version})
      on conflict (label) do update set version = excluded.version, at = now()`
    if (before) await outbox.append(tx, [ConfigRefreshed({ label: usualLabel, version, reason: 'changed', askedBy: null })])
  })
}
