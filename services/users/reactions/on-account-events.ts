import type { UsersDeps } from '../deps.ts'
import { noteActivity } from '../profiles.ts'
import { LoginFailed, SessionRevoked, UserAuthenticated } from '#contracts/events/users.ts'
import { on, type Reaction } from '#kit/messaging/bus.ts'

/** Sign-ins and their failures appear in the activity of the account, so that its owner can see what they did not do. */
export const onAccountEvents = (_deps: UsersDeps): Reaction[] => [
  on(UserAuthenticated, ({ data }, { tx }) => noteActivity(tx, data.userId, 'signed-in', { method: data.method })),
  on(LoginFailed, async ({ data }, { tx }) => {
    if (data.userId) await noteActivity(tx, data.userId, 'sign-in-failed', { reason: data.reason })
  }),
  on(SessionRevoked, ({ data }, { tx }) => noteActivity(tx, data.userId, 'signed-out', { reason: data.reason })),
]
