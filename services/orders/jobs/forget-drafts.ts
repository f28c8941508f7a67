import type { Job } from '#kit/service/service.ts'
import type { OrdersDeps } from '../deps.ts'

/** Drafts that nobody touched for a while go, and with them names and addresses; an order that came of one has its own. */
export function forgetDrafts({ kit }: OrdersDeps): Job {
  return {
    name: 'orders.forget-drafts',
    everySeconds: 3600,
    run: async (signal) => {
      for (let more = true; more && !signal.aborted; ) {
        const due = await kit.db.sql<{ id: string }[]>`
          select d.id from drafts d where d.expires_at <= now() order by d.expires_at limit 500`
        if (due.length > 0) await kit.db.sql`select delete_drafts(${due.map(({ id }) => id)}::uuid[])`
        more = due.length === 500
      }
    },
  }
}
