import { deleteAccount } from '../commands/govern-accounts.ts'
import type { AuthDeps } from '../deps.ts'
import { UserDeleted } from '#contracts/events/users.ts'
import { on } from '#kit/messaging/bus.ts'

/** The profile is gone: so are credentials, sessions and the second factor. Also mends an erasure that stopped half-way. */
export const onUserDeleted = (deps: AuthDeps) => on(UserDeleted, (event, { tx }) => deleteAccount(deps, tx, event.data.userId))
