import { announceChange } from '../announce.ts'
import type { Deps } from '../deps.ts'
import type { Job } from '#kit/service/service.ts'

/** Looks at the repository: a commit reaches every process without anybody having to say so. */
export const watchRepository = (deps: Deps): Job => ({
  name: 'watch-repository',
  everySeconds: deps.settings.watchSeconds,
  run: () => announceChange(deps),
})
