import type { Logger } from '#kit/service/logger.ts'
import type { BusRecord, Subscription } from './bus.ts'
import type { LogBus, Position } from './log-bus.ts'
import { createSignal } from './signal.ts'

export interface BroadcastParts extends Pick<LogBus, 'onNews' | 'heads' | 'fetch'> {
  readonly names: readonly string[]
  readonly onRecords: (records: readonly BusRecord[]) => void
  readonly pollMs: number
  readonly log: Logger
  /** those that are not stopped yet: whoever closes the bus stops them */
  readonly open: Set<Subscription>
}

/** Reads every partition from its present end on; nothing is stored. A topic that comes later is read from its first record. */
export async function startBroadcast(parts: BroadcastParts): Promise<Subscription> {
  const { names, onRecords, onNews, heads, fetch, pollMs, log, open } = parts
  const signal = createSignal()
  const forget = await onNews(names, signal.raise)
  const next = new Map<string, Position>()
  const at = (p: { topic: string; partition: number }): string => `${p.topic}/${p.partition}`
  try {
    for (const head of await heads(names)) next.set(at(head), { topic: head.topic, partition: head.partition, next: head.next })
  } catch (error) {
    forget()
    throw error
  }
  let stopped = false

  const pump = async (): Promise<boolean> => {
    for (const head of await heads(names)) {
      if (!next.has(at(head))) next.set(at(head), { topic: head.topic, partition: head.partition, next: head.first })
    }
    const slices = await fetch({ positions: [...next.values()], budget: 1000 })
    for (const slice of slices) {
      next.set(at(slice), { topic: slice.topic, partition: slice.partition, next: slice.upTo })
      if (slice.records.length > 0 && !stopped) onRecords(slice.records)
    }
    return slices.length > 0
  }

  const loop = (async () => {
    while (!stopped) {
      try {
        if (!(await pump())) await signal.wait(pollMs)
      } catch (error) {
        if (stopped) return
        log.warn({ err: error }, 'broadcast could not read the log; trying again')
        await signal.wait(pollMs)
      }
    }
  })()

  const subscription: Subscription = {
    async stop() {
      stopped = true
      open.delete(subscription)
      forget()
      signal.raise()
      await loop
    },
  }
  open.add(subscription)
  return subscription
}
