import Type from 'typebox'
import { Nullable, Timestamp, Uuid } from '#contracts/values.ts'
import { closed } from '#kit/messaging/event.ts'

/** Names of groups, topics, event types, codes and keys, as callers give them. */
export const Name = Type.String({ minLength: 1, maxLength: 200 })

const Count = Type.Integer({ minimum: 0 })

export const TopicFlow = closed({
  topic: Type.String(),
  /** the log's ends; a partition appears with its first event */
  partitions: Type.Array(closed({ partition: Count, first: Count, next: Count })),
  records: Count,
  groups: Type.Array(closed({ group: Type.String(), lag: Count, lost: Count, dead: Count, retrying: Count, waiting: Count })),
})

const deadLetter = {
  group: Type.String(),
  topic: Type.String(),
  partition: Count,
  offset: Count,
  key: Type.String(),
  eventId: Uuid,
  type: Type.String(),
  attempts: Count,
  diedAt: Timestamp,
  code: Type.String(),
  message: Type.String(),
  waiting: Type.Integer({ description: 'later events of the same key that wait for this one' }),
}

export const DeadLetterLine = closed(deadLetter)

export const DeadLetterWhole = closed({
  ...deadLetter,
  stack: Nullable(Type.String()),
  event: Type.String({ description: 'the CloudEvent as it was published' }),
  waitingEvents: Type.Array(closed({ eventId: Uuid, type: Type.String(), offset: Count, parkedAt: Timestamp })),
})

export const Pattern = closed({
  group: Type.String(),
  type: Type.String(),
  code: Type.String(),
  pattern: Type.String({ description: 'the message without ids and numbers' }),
  count: Count,
  firstAt: Timestamp,
  lastAt: Timestamp,
  exampleEventId: Uuid,
})

export const filters = {
  group: Type.Optional(Name),
  topic: Type.Optional(Name),
  type: Type.Optional(Name),
  key: Type.Optional(Name),
  code: Type.Optional(Name),
}

export const UnfinishedStatus = Type.Union([Type.Literal('running'), Type.Literal('waiting'), Type.Literal('stuck')])

export const FlowLine = closed({
  name: Type.String(),
  id: Uuid,
  /** service that keeps it */
  home: Type.String(),
  status: Type.Union([...UnfinishedStatus.anyOf, Type.Literal('done')]),
  state: Type.String(),
  pending: Type.Array(Type.String(), { description: 'commands still to be performed' }),
  steps: Type.Array(closed({ command: Type.String(), answer: Type.String(), at: Timestamp, milliseconds: Type.Number() })),
  attempts: Count,
  lastError: Nullable(Type.String()),
  startedAt: Timestamp,
  updatedAt: Timestamp,
  dueAt: Nullable(Timestamp),
})

export const Overview = closed({
  outboxRows: Count,
  relayLagSeconds: Type.Number(),
  lagRecords: Count,
  deadLetters: Count,
  retrying: Count,
  waiting: Count,
  unfinishedFlows: Count,
  stuckFlows: Count,
  outboxes: Type.Array(
    closed({
      service: Type.String(),
      rows: Type.Integer({ minimum: 0, description: 'events committed and not yet in the log' }),
      seconds: Type.Number({ description: 'age of the oldest of them; 0: there is none' }),
    }),
  ),
  silent: Type.Array(Type.String(), { description: 'services whose database did not answer' }),
})
