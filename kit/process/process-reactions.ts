import { currentContext } from '#kit/core/context.ts'
import type { Reaction } from '#kit/messaging/bus.ts'
import type { AnyProcess } from './process.ts'
import type { ProcessStore } from './store.ts'

/** What a kind of flow has to do with the bus. A flow begun by an event is driven by the recovery loop, not inside the consumer's transaction. */
export function reactionsOf(
  { contract, listens, beginsOn = [], start }: AnyProcess,
  store: Pick<ProcessStore, 'insert' | 'post'>,
): Reaction[] {
  const told = listens.map(
    (listener): Reaction => ({
      event: listener.event,
      handle: async (event, { tx }) => {
        const mail = listener.deliver(event)
        if (mail) await store.post(tx, contract.name, mail.processId, mail.happening, listener.whileRunning)
      },
    }),
  )
  const begun = beginsOn.map(
    (beginning): Reaction => ({
      event: beginning.event,
      handle: async (event, { tx }) => {
        const first = beginning.begin(event)
        if (!first) return
        const [state, pending] = start(first.input)
        const { traceId, correlationId } = currentContext()
        const row = { name: contract.name, id: first.processId, state, pending, trace: { traceId, correlationId } }
        await store.insert(tx, row, 0)
      },
    }),
  )
  return [...told, ...begun]
}
