import { availableParallelism } from 'node:os'
import { burn } from '../burners.ts'
import type { Scenario } from '../scenario.ts'
import { stopAndStart } from './stop.ts'

/** Programs that want a whole core, for each core there is. */
const BURNERS_PER_CORE = 3

/** I29 where every step takes ten times as long: a stop ends with the last answer, not with a time that was enough on a quiet machine. */
export const scenario: Scenario = {
  summary: 'SIGTERM with 40 whole checkouts in flight while other programs take the processor; trials = restarts',
  trials: 10,
  run: (options) => stopAndStart(options, 'SIGTERM, busy machine', () => burn(BURNERS_PER_CORE * availableParallelism())),
}
