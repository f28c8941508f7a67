import fc from 'fast-check'
import { expect, test } from 'vitest'
import { stepsOf, type DueEvent } from './batch-steps.ts'
import { onAny, type Reaction } from './bus.ts'
import type { EventDefinition } from './event.ts'

const kinds = ['placed', 'confirmed', 'cancelled'] as const
type Kind = (typeof kinds)[number]
const reactions: Record<Kind, readonly Reaction[]> = {
  placed: [{} as Reaction],
  confirmed: [{} as Reaction],
  cancelled: [{} as Reaction, {} as Reaction],
}

function due(kind: Kind, key: string, n = 0): DueEvent {
  return {
    record: { topic: 'order.events', key, type: kind, offset: BigInt(n) },
    event: {},
    reactions: reactions[kind],
  } as DueEvent
}

test('many orders, each placed and then confirmed, are two steps', () => {
  const orders = Array.from({ length: 100 }, (_, n) => [due('placed', `order-${n}`), due('confirmed', `order-${n}`)]).flat()
  expect(stepsOf(orders).map(({ events }) => events.length)).toEqual([100, 100])
})

test('orders that were placed and confirmed are one step for a reaction that takes both, in the order they happened', () => {
  const [placed, confirmed] = onAny([{} as EventDefinition, {} as EventDefinition], async () => undefined).map((one) => [one])
  const events = ['a', 'b'].flatMap((key) => [
    { ...due('placed', key), reactions: placed! },
    { ...due('confirmed', key), reactions: confirmed! },
  ])
  const steps = stepsOf([...events, due('cancelled', 'a')])
  expect(steps.map((step) => step.events)).toEqual([events, [due('cancelled', 'a')]])
})

test('what happened to one order later is never handled earlier, whatever came with it', () => {
  const events = fc.array(fc.tuple(fc.constantFrom(...kinds), fc.constantFrom('a', 'b', 'c', 'd')), { maxLength: 60 })
  fc.assert(
    fc.property(events, (list) => {
      const all = list.map(([kind, key], n) => due(kind, key, n))
      const steps = stepsOf(all)
      const handled = steps.flatMap((step) => step.events)
      expect(handled).toHaveLength(all.length)
      for (const key of ['a', 'b', 'c', 'd']) {
        expect(handled.filter(({ record }) => record.key === key)).toEqual(all.filter(({ record }) => record.key === key))
      }
      for (const step of steps) {
        for (const event of step.events) expect(event.reactions).toBe(step.reactions)
        // two reactions to one event take their turns before the next event of its key
        if (step.reactions.length > 1) expect(new Set(step.events.map(({ record }) => record.key)).size).toBe(step.events.length)
      }
    }),
  )
})
