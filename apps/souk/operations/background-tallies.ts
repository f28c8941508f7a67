import type { ConsumerMetrics } from '#kit/messaging/consumer-work.ts'
import { createTally, type Tally } from '#kit/service/tally.ts'

/** What consumers of this process did, by group. */
export interface Tallies {
  readonly handled: Tally
  readonly seconds: Tally
  readonly batches: Tally
  readonly parked: Tally
  readonly dead: Tally
  of(group: string): ConsumerMetrics
}

export function createTallies(): Tallies {
  const [handled, seconds, batches, parked, dead] = [createTally(), createTally(), createTally(), createTally(), createTally()]
  return {
    handled,
    seconds,
    batches,
    parked,
    dead,
    of: (group) => ({
      handled(count, took) {
        handled.add({ group }, count)
        batches.add({ group })
        seconds.add({ group }, took)
      },
      parked: (type, code) => parked.add({ group, type, code }),
      dead: (topic, _type, code) => dead.add({ topic, group, code }),
    }),
  }
}
