import { Fleet } from './fleet.ts'
import type { Settings } from './settings.ts'
import { Store } from './store.ts'
import type { ServiceKit } from '#kit/service/service.ts'

export interface Deps {
  readonly fleet: Fleet
  readonly settings: Settings
  /** names under which only our own services may register */
  readonly reserved: ReadonlySet<string>
}

/** See who runs where. */
export const READ = 'registry:read'
/** Register, renew, leave; as staff: take instances out and bring them back. */
export const WRITE = 'registry:write'

export function createDeps({ db, settings, log, installation }: ServiceKit<Settings>): Deps {
  const reserved = new Set(installation.map((name) => name.toUpperCase()))
  return { fleet: new Fleet(new Store(db.sql), settings, log), settings, reserved }
}
