import type { AuthDeps } from '../deps.ts'
import { KEPT_DAYS } from '../commands/govern-api-keys.ts'
import { tendSigningKeys } from '../key-ring.ts'
import type { Job } from '#kit/service/service.ts'

/** Forgets what has ended: deny-list, links, challenges, counters; sessions once they can no longer tell a known place. */
export const cleanUp = (deps: AuthDeps): Job => ({
  name: 'auth-clean-up',
  everySeconds: 600,
  async run() {
    const { sql } = deps.db
    await sql`delete from revoked_sessions where until < now()`
    await sql`delete from mfa_challenges where expires_at < now()`
    await sql`delete from provider_trips where expires_at < now()`
    await sql`delete from passkey_challenges where expires_at < now()`
    await sql`delete from link_requests where expires_at < now() - interval '7 days'`
    await sql`delete from sessions where ends_at < now() or (revoked_at is not null and created_at < now() - interval '90 days')`
    await sql`delete from api_keys where least(revoked_at, expires_at) < now() - make_interval(days => ${KEPT_DAYS})`
    // counters that could still block, or count towards the hard limit, stay
    await sql`
      delete from attempts
       where window_started_at < now() - interval '1 day' and (blocked_until is null or blocked_until < now())
         and (hard_limit is null or window_started_at < now() - interval '90 days')`
    await tendSigningKeys(deps.db, deps.secrets.signing)
  },
})
