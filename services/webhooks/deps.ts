import type { Db } from '#kit/db/db.ts'
import type { Address } from '#kit/http/outward.ts'
import type { Logger } from '#kit/service/logger.ts'
import type { Settings } from './settings.ts'

/** What the parts of this service share. */
export interface Deps {
  readonly db: Db
  readonly log: Logger
  readonly settings: Settings
  /** seals the endpoints' secrets */
  readonly key: Buffer
  /** look-up of names; the system's where it is missing */
  readonly resolve?: ((host: string) => Promise<readonly Address[]>) | undefined
}
