import type { Job } from '#kit/service/service.ts'
import { FOLDER } from '../commands/save-picture.ts'
import type { Deps } from '../deps.ts'

const AT_ONCE = 100

/** Deletes the files that no picture needs. The row goes after the file, so a crash in between only deletes nothing twice. */
export const deleteFiles = ({ db, kit }: Deps): Job => ({
  name: 'reviews-delete-files',
  everySeconds: 60,
  async run(signal) {
    for (;;) {
      const due = await db.sql<{ key: string }[]>`
        select f.key from unused_files f where f.due_at <= now() and not exists (select 1 from picture_files p where p.key = f.key) limit ${AT_ONCE}`
      for (const { key } of due) {
        signal.throwIfAborted()
        await kit.objects.delete(FOLDER + key)
        await db.sql`delete from unused_files where key = ${key}`
      }
      if (due.length < AT_ONCE) return
    }
  },
})

/** Budgets that nobody draws on any more. */
export const forgetBudgets = ({ db }: Deps): Job => ({
  name: 'reviews-forget-budgets',
  everySeconds: 86_400,
  async run() {
    await db.sql`delete from budgets where begun_at < now() - interval '2 days'`
  },
})
