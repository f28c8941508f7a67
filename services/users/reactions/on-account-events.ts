import type { UsersDeps } from '../deps.ts'
import { type Activity, noteActivities } from '../profiles.ts'
import {
  ApiKeyCreated,
  ApiKeyRevoked,
  LoginFailed,
  SessionRevoked,
  SignInMeansChanged,
  UserAuthenticated,
} from '#contracts/events/users.ts'
import { onMany, type Reaction } from '#kit/messaging/bus.ts'
import type { EventDefinition } from '#kit/messaging/event.ts'

/** Sign-ins, their failures, ways to sign in and API keys appear in the activity of the account, so that its owner can see what they did not do. */
export const onAccountEvents = (_deps: UsersDeps): Reaction[] => [
  activity(UserAuthenticated, ({ userId, method, by }) => ({ userId, kind: 'signed-in', details: { method: by ?? method } })),
  activity(LoginFailed, ({ userId, reason }) => (userId ? { userId, kind: 'sign-in-failed', details: { reason } } : undefined)),
  activity(SessionRevoked, ({ userId, reason }) => ({ userId, kind: 'signed-out', details: { reason } })),
  activity(SignInMeansChanged, ({ userId, means, change }) => ({ userId, kind: `sign-in-${change}`, details: { means } })),
  activity(ApiKeyCreated, ({ userId, keyId }) => ({ userId, kind: 'api-key-made', details: { keyId } })),
  activity(ApiKeyRevoked, ({ userId, keyId, revokedBy }) => ({ userId, kind: 'api-key-revoked', details: { keyId, revokedBy } })),
]

function activity<D>(definition: EventDefinition<D>, of: (data: D) => Activity | undefined): Reaction {
  return onMany(definition, async (events, { tx }) => {
    await noteActivities(
      tx,
      events.map(({ data }) => of(data)).filter((found) => found !== undefined),
    )
  })
}
