import { DEFAULT_PARTITIONS } from './partition.ts'

/** What a shop needs of its bus: every topic, and every group with what it reads. */
export interface Topology {
  readonly topics: readonly TopicPlan[]
  readonly groups: readonly GroupPlan[]
}

/** What is undefined stays as it is, and gets the usual number where the topic is made. */
export interface TopicPlan {
  readonly name: string
  readonly partitions?: number | undefined
  readonly retentionMs?: number | undefined
}

export interface TopicFacts {
  readonly partitions: number
  readonly retentionMs: number
}

const usual: TopicFacts = { partitions: DEFAULT_PARTITIONS, retentionMs: 7 * 86_400_000 }

/** What a topic should be. */
export function wantedOf(plan: TopicPlan, real: TopicFacts = usual): TopicFacts {
  return { partitions: plan.partitions ?? real.partitions, retentionMs: plan.retentionMs ?? real.retentionMs }
}

export interface GroupPlan {
  readonly group: string
  readonly events: readonly WantedEvent[]
}

/** An event type somebody wants, without version, and the topic it comes by. */
export interface WantedEvent {
  readonly topic: string
  readonly name: string
}

/** One thing of the engine beside what it should be. */
export interface Change {
  readonly what: 'topic' | 'queue' | 'subscription'
  readonly name: string
  /** `refuse`: it is not as it should be and cannot be made so without harm */
  readonly action: 'create' | 'change' | 'keep' | 'refuse'
  readonly detail: string
}

/** `7 days`, `36 hours`: as people write it. */
export function durationText(milliseconds: number): string {
  const hours = milliseconds / 3_600_000
  if (hours % 24 === 0) return hours === 24 ? '1 day' : `${hours / 24} days`
  return hours === 1 ? '1 hour' : `${Number(hours.toFixed(2))} hours`
}

/** Compares a topic of a log with its plan; a number of partitions never changes, because keys would move and overtake themselves. */
export function compareTopic(plan: TopicPlan, real: TopicFacts | undefined): Change {
  const about = { what: 'topic', name: plan.name } as const
  const { partitions, retentionMs } = wantedOf(plan, real)
  const wanted = `${partitions} partitions, kept ${durationText(retentionMs)}`
  if (!real) return { ...about, action: 'create', detail: wanted }
  if (real.partitions !== partitions)
    return {
      ...about,
      action: 'refuse',
      detail: `has ${real.partitions} partitions, not ${partitions}: with another number keys would move and overtake themselves; make a new topic instead`,
    }
  if (real.retentionMs !== retentionMs)
    return {
      ...about,
      action: 'change',
      detail: `kept ${durationText(retentionMs)} instead of ${durationText(real.retentionMs)}`,
    }
  return { ...about, action: 'keep', detail: wanted }
}
