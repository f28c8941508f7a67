import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { startPostgres } from '#kit/db/embedded.ts'
import { committing } from '#kit/db/late-commit.ts'
import { openDb } from '#kit/db/open.ts'
import { shopFolder } from '#kit/testing/shop-folder.ts'
import { closedLoop, cpuMsOf, familyOf, type Measurement, type MeasureOptions, summarize } from './measure.ts'

/** What a commit costs that is waited for, and one that is not (ADR 0033): inserts of one row by one client. CPU of the server and the client. */
export async function* measure({ seconds, rounds }: MeasureOptions): AsyncGenerator<Measurement> {
  const parent = await shopFolder('bench-commit')
  const server = await startPostgres({
    dir: join(parent, 'data'),
    disposable: true,
    settings: { fsync: true, synchronous_commit: true },
  })
  const db = openDb({ url: server.adminUrl, schema: 'public', applicationName: 'bench', max: 1 })
  try {
    await db.sql`create table notes (note text)`
    for (const late of [false, true]) {
      const insert = async () =>
        (await db.sql`insert into notes select ${'a small row'}::text from ${committing(db.sql, late)} as durability`).count === 1
      await closedLoop(1, 0.5, insert)
      const measured = []
      for (let round = 0; round < rounds; round += 1) {
        const before = cpuMsOf([process.pid, ...familyOf(server.pid)])
        const one = await closedLoop(1, seconds, insert)
        measured.push({
          ...one,
          cpuMs: cpuMsOf([process.pid, ...familyOf(server.pid)]) - before,
          statements: one.done,
          limit: null,
        })
      }
      yield summarize(late ? 'a commit that is late' : 'a commit that is waited for', 1, measured)
    }
  } finally {
    await db.close()
    await server.stop()
    await rm(parent, { recursive: true, force: true })
  }
}
