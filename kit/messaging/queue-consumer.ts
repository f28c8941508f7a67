import type { Consumer, ConsumerOptions } from './consumer.ts'
import type { BatchParts } from './consumer-batch.ts'
import { claimBatch } from './consumer-claim.ts'
import { type ConsumerStore, createConsumerStore } from './consumer-store.ts'
import { createConsumerWork } from './consumer-work.ts'
import { redriveDeadLetters } from './dlq.ts'
import { createEventDecoder } from './event-decoder.ts'
import type { Delivery, QueueReader, Queues, Slice } from './log-bus.ts'
import { replayIntoQueue } from './queue-replay.ts'
import { createSignal } from './signal.ts'
import { onlyTypes } from './slices.ts'

/** After a failure that is nobody's fault: how long until somebody takes the messages again. */
const RELEASE_SECONDS = 1

/**
 * The consumer of a bus with queues: as `startConsumer`, but the engine says what comes next, and forgets it when it is told that it is done.
 * Inbox mark, parked events and effect are one transaction of the consumer's database; the message is deleted after the commit, so after a crash
 * it comes again and the inbox drops it. A failed event is parked, like everywhere: its key waits, its tries and the dead letters are ours. The
 * queue's own dead letters hold what was given out again and again and never finished.
 */
export async function startQueueConsumer(options: ConsumerOptions, queues: Queues): Promise<Consumer> {
  const { group, bus, db, reactions, outbox, metrics, wanted, startFrom = 'earliest' } = options
  const { lanes = 3, pollMs = 1000, handlerTimeoutMs = 4000, retryBaseMs = 1000 } = options
  const log = options.log.child({ group })
  const decoder = createEventDecoder(reactions, options.ignore)
  const stored = options.store ?? createConsumerStore(db, group)
  const store: ConsumerStore = {
    ...stored,
    // A queue has no position that could be compared. And nothing may be on disk later than the message is deleted: it would not come again.
    claim: (tx, slices, mark) =>
      claimBatch(tx, group, [], mark, { late: false, records: slices.flatMap(({ records }) => records) }),
  }
  const parts: BatchParts = { group, store, decoder, handlerTimeoutMs, retryBaseMs }
  const work = createConsumerWork({
    ...{ group, parts, log, outbox, metrics, pollMs },
    publish: (records) => bus.publish(records),
    settled: () => {},
  })
  const signal = createSignal()
  let stopped = false

  if (decoder.topics.length === 0) return { stats: () => ({ ...work.stats }), stop: async () => {} }
  const reader = await queues.open({ group, events: decoder.events })
  await store.redriveKnownVersions(decoder.handles)
  await begin()

  /** Topics this group hears for the first time: what was published before its queue had them is in the archive. */
  async function begin(): Promise<void> {
    const known = new Set((await store.readCursors()).map(({ topic, partition }) => `${topic}/${partition}`))
    const counts = await bus.partitionCounts(decoder.topics)
    const heads = new Map((await bus.heads(decoder.topics)).map((head) => [`${head.topic}/${head.partition}`, head]))
    const fresh = [...counts]
      .flatMap(([topic, count]) => Array.from({ length: count }, (_, partition) => ({ topic, partition })))
      .filter(({ topic, partition }) => !known.has(`${topic}/${partition}`))
      .map((place) => ({ ...place, head: heads.get(`${place.topic}/${place.partition}`) }))
    if (startFrom === 'earliest') {
      const stretches = fresh.flatMap(({ topic, partition, head }) =>
        head ? [{ topic, partition, from: head.first, upTo: head.next }] : [],
      )
      await replayIntoQueue({ bus, queues, group, names: decoder.names, stretches })
    }
    // whoever tries a parked event again holds these rows, and a replay knows that the group has begun
    await store.createCursors(fresh.map(({ topic, partition, head }) => ({ topic, partition, next: head?.next ?? 0n })))
  }

  const round = async (): Promise<void> => {
    const deliveries = await reader.receive()
    if (deliveries.length === 0) return
    const release = keepHidden(reader, deliveries)
    try {
      for (const { record, redriven } of deliveries)
        if (redriven) await redriveDeadLetters(db.sql, { group, eventId: record.eventId })
      let slices = slicesOf(deliveries)
      if (wanted) slices = onlyTypes(slices, await wanted())
      await work.handle(slices)
    } catch (error) {
      await release()
      await reader.release(deliveries, RELEASE_SECONDS).catch(() => {})
      throw error
    }
    await release()
    await reader.done(deliveries)
  }

  const lane = async (): Promise<void> => {
    while (!stopped) {
      try {
        await round()
      } catch (error) {
        if (stopped) break
        log.warn({ err: error }, 'messages of a queue were not handled; trying again')
        await signal.wait(250)
        // every time a message is given out counts: none is taken while the database does not answer
        await untilAnswered()
      }
    }
  }

  const untilAnswered = async (): Promise<void> => {
    while (!stopped) {
      try {
        await store.anyParked()
        return
      } catch {
        await signal.wait(500)
      }
    }
  }

  // looking after parked events must not wait for messages
  const parked = (async () => {
    while (!stopped) {
      await signal.wait(Math.max(10, Math.min(pollMs, work.parkedCheckAt - performance.now())))
      await work
        .retryDue(
          () => true,
          () => !stopped,
        )
        .catch((error: unknown) => log.warn({ err: error }, 'parked events could not be tried'))
    }
  })()
  const running = Array.from({ length: lanes }, () => lane())

  return {
    stats: () => ({ ...work.stats }),
    async stop() {
      stopped = true
      signal.raise()
      await Promise.all([...running, parked])
    },
  }
}

/** Keeps messages hidden from others however long they take; returns "no longer", which waits for what is under way. */
function keepHidden(reader: QueueReader, deliveries: readonly Delivery[]): () => Promise<void> {
  let extending: Promise<void> = Promise.resolve()
  const timer = setInterval(
    () => {
      extending = extending.then(() => reader.extend(deliveries)).catch(() => {})
    },
    Math.max(200, reader.visibilityMs / 3),
  )
  return async () => {
    clearInterval(timer)
    await extending
  }
}

/** Messages as stretches of the archive they stand in; those of one key in the order in which they came. */
function slicesOf(deliveries: readonly Delivery[]): Slice[] {
  const groups = Map.groupBy(deliveries, ({ record }) => `${record.topic}/${record.partition}`)
  return [...groups.values()].map((group) => {
    const records = group.map(({ record }) => record)
    const { topic, partition, offset: from } = records[0]!
    return { topic, partition, from, upTo: records.at(-1)!.offset + 1n, missed: 0n, records }
  })
}
