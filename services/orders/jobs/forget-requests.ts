import type { Job } from '#kit/service/service.ts'
import type { OrdersDeps } from '../deps.ts'

/** Answers kept for repeated requests hold addresses: they go after some days (setting keepAnswersDays). */
export function forgetRequests({ kit }: OrdersDeps): Job {
  return {
    name: 'orders.forget-requests',
    everySeconds: 3600,
    run: async (signal) => {
      for (let more = true; more && !signal.aborted; ) {
        const { count } = await kit.db.sql`
          delete from order_requests r using (
            select q.scope, q.key from order_requests q where q.created_at < now() - make_interval(days => ${kit.settings.keepAnswersDays}) limit 5000) old
          where r.scope = old.scope and r.key = old.key`
        more = count === 5000
      }
    },
  }
}
