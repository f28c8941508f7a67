import { expect } from 'vitest'
import { eventually } from '#kit/testing/eventually.ts'
import type { BusRecord } from '../bus.ts'
import type { LogBus } from '../log-bus.ts'

/** What comes to a group by its queue, on a bus that brings events so; on one whose log is read, nothing does. */
export interface GroupQueue {
  /** Waits until so many messages have come, in whatever order, and that no more are there. */
  take(count: number): Promise<BusRecord[]>
  /** Takes what comes first, and neither finishes it nor gives it back. */
  hold(): Promise<BusRecord[]>
}

/** The queue of a group that wants events of one name. Open it before anything is published. */
export async function openGroupQueue(bus: LogBus, name: string, patienceMs: number): Promise<GroupQueue> {
  if (bus.capabilities.partitions) return { take: async () => [], hold: async () => [] }
  const reader = await bus.queues!.open({ group: 'group', events: [{ topic: 'a.events', name }] })
  return {
    async take(count) {
      const records: BusRecord[] = []
      const receive = async () => {
        const deliveries = await reader.receive()
        await reader.done(deliveries)
        records.push(...deliveries.map(({ record }) => record))
        expect(records.length).toBeGreaterThanOrEqual(count)
        expect(await bus.queues!.depth('group')).toMatchObject({ waiting: 0, inFlight: 0, dead: 0 })
      }
      await eventually(receive, { timeoutMs: patienceMs })
      return records
    },
    async hold() {
      const receive = async () => {
        const deliveries = await reader.receive()
        expect(deliveries).not.toEqual([])
        return deliveries.map(({ record }) => record)
      }
      return await eventually(receive, { timeoutMs: patienceMs })
    },
  }
}
