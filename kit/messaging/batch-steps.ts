import type { BusRecord, Reaction } from './bus.ts'
import { keyOf } from './consumer-claim.ts'
import type { Event } from './event.ts'

export interface DueEvent {
  readonly record: BusRecord
  readonly event: Event
  /** of its type; the same array for every event of it */
  readonly reactions: readonly Reaction[]
}

/** Events that are handled together: of one type, or of several that have one reaction in common and no other (`onAny`). */
export interface Step {
  readonly reactions: readonly Reaction[]
  readonly events: DueEvent[]
}

/**
 * Puts the events of a batch into as few steps as keep the order of every key: one reaction a step, and no event in a step before that
 * of an earlier event of its key. A hundred orders, each placed and then confirmed, are two steps.
 */
export function stepsOf(events: readonly DueEvent[]): Step[] {
  const steps: Step[] = []
  const reached = new Map<string, number>()
  for (const due of events) {
    const key = keyOf(due.record)
    const from = reached.get(key) ?? 0
    // two reactions to one type take turns event by event where both concern the same key
    const first = due.reactions.length > 1 && reached.has(key) ? from + 1 : from
    let at = first
    while (at < steps.length && sharedBy(steps[at]!.reactions) !== sharedBy(due.reactions)) at += 1
    if (at === steps.length) steps.push({ reactions: due.reactions, events: [] })
    steps[at]!.events.push(due)
    reached.set(key, at)
  }
  return steps
}

/** What makes two events fit into one step. */
function sharedBy(reactions: readonly Reaction[]): unknown {
  return (reactions.length === 1 && reactions[0]!.handleMany) || reactions
}
