import { currentContext } from '#kit/core/context.ts'
import { onMany, type Reaction } from '#kit/messaging/bus.ts'
import type { AnyProcess } from './process.ts'
import type { ProcessStore } from './store.ts'

/** What a kind of flow has to do with the bus. A flow begun by an event is driven by the recovery loop, not inside the consumer's transaction. */
export function reactionsOf(
  { contract, listens, beginsOn = [], start }: AnyProcess,
  store: Pick<ProcessStore, 'insert' | 'postAll'>,
): Reaction[] {
  const told = listens.map(
    (listener): Reaction =>
      onMany(listener.event, async (events, { tx }) => {
        const mail = events.map((event) => listener.deliver(event)).filter((found) => found !== undefined)
        if (mail.length > 0) await store.postAll(tx, contract.name, mail, listener.whileRunning)
      }),
  )
  const begun = beginsOn.map(
    (beginning): Reaction => ({
      event: beginning.event,
      handle: async (event, { tx }) => {
        const first = beginning.begin(event)
        if (!first) return
        const [state, pending] = start(first.input)
        const { traceId, correlationId, spanId } = currentContext()
        const row = { name: contract.name, id: first.processId, state, pending, trace: { traceId, correlationId, spanId } }
        await store.insert(tx, row, 0)
      },
    }),
  )
  return [...told, ...begun]
}
