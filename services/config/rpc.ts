import { announceAsked } from './announce.ts'
import type { Deps } from './deps.ts'
import { configRpc } from '#contracts/rpc/config.ts'
import { implement, type RpcImplementation } from '#kit/rpc/rpc.ts'

/** What the other services may ask: each of them passes `busrefresh` on. */
export function configCalls(deps: Deps): RpcImplementation {
  return implement(configRpc, {
    refresh: async ({ askedBy }) => ({ version: await deps.db.tx((tx) => announceAsked(deps, tx, askedBy)) }),
  })
}
