import type { Db } from '#kit/db/db.ts'

export interface Deps {
  readonly db: Db
  /** signs the links by which drafts are looked at */
  readonly previewKey: Buffer
}
