import type { BusRecord } from './bus.ts'
import type { LogBus, Queues } from './log-bus.ts'
import { nameOf } from './event.ts'

export interface Stretch {
  readonly topic: string
  readonly partition: number
  readonly from: bigint
  readonly upTo: bigint
}

export interface QueueReplayOptions {
  readonly bus: Pick<LogBus, 'fetch'>
  readonly queues: Queues
  readonly group: string
  /** of event types the group wants; undefined: all */
  readonly names?: readonly string[] | undefined
  readonly stretches: readonly Stretch[]
  /** called with each part before it is sent */
  readonly before?: (records: readonly BusRecord[]) => Promise<unknown>
}

const PART = 250

/** Puts stretches of the archive into one group's queue, in their order. */
export async function replayIntoQueue({ bus, queues, group, names, stretches, before }: QueueReplayOptions): Promise<void> {
  const wanted = names && new Set(names)
  for (const { topic, partition, from, upTo } of stretches) {
    for (let at = from; at < upTo; ) {
      const [slice] = await bus.fetch({ positions: [{ topic, partition, next: at }], names, budget: PART, exact: true })
      if (!slice) break
      const records = slice.records.filter(({ offset, type }) => offset < upTo && (wanted?.has(nameOf(type)) ?? true))
      if (records.length > 0) {
        await before?.(records)
        await queues.resend(group, records)
      }
      at = slice.upTo
    }
  }
}
