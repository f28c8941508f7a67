import { setTimeout as delay } from 'node:timers/promises'
import { Admin, Producer, ProduceAcks, stringSerializers } from '@platformatic/kafka'
import type { Logger } from '#kit/service/logger.ts'
import { startBroadcast } from '../broadcast.ts'
import { refuseLarge } from '../event-size.ts'
import type { Bus, Subscription } from '../bus.ts'
import type { LogBus, Membership } from '../log-bus.ts'
import { createLogTail } from '../log-tail.ts'
import { DEFAULT_PARTITIONS, partitionOf } from '../partition.ts'
import { kafkaPlace, steady } from './connection.ts'
import { joinKafkaGroup } from './membership.ts'
import { createKafkaReader } from './reader.ts'
import { createKafkaTopics } from './topics.ts'

export interface KafkaBusOptions {
  /** see `kafkaPlace` */
  readonly url: string
  readonly log: Logger
  readonly clientId?: string
  /** partitions and retention of topics that are created */
  readonly partitions?: number
  readonly retentionMs?: number
  /** a consumer that is silent this long loses its partitions */
  readonly sessionMs?: number
  /** longest time one request for news stays with the broker */
  readonly pollMs?: number
}

/** As long as the log in PostgreSQL keeps them (bus.topics.retention). */
const RETENTION_MS = 7 * 86_400_000

/**
 * The bus on Apache Kafka (`BUS_URL=kafka://…`). Producers are idempotent and wait for all replicas; keys go to the partition Java clients would
 * take; headers `id` and `type` are those of Debezium's outbox router. Where a consumer reads from is kept in its own database with its
 * effects, so Kafka's group offsets are only told, for tools.
 */
export function createKafkaBus(options: KafkaBusOptions): LogBus {
  const { url, log, clientId = 'souk', sessionMs = 6_000, pollMs = 500 } = options
  const place = kafkaPlace(url, clientId)
  const { client, prefix } = place
  const admin = steady(new Admin(client))
  const producer = steady(
    new Producer<string, string, string, string>({
      ...client,
      idempotent: true,
      acks: ProduceAcks.ALL,
      serializers: stringSerializers,
    }),
  )
  const topics = createKafkaTopics({
    admin,
    prefix,
    partitions: options.partitions ?? DEFAULT_PARTITIONS,
    retentionMs: options.retentionMs ?? RETENTION_MS,
  })
  const reader = createKafkaReader(place)
  const follower = createKafkaReader({ prefix, client: { ...client, clientId: `${clientId}-tail` } })
  const listeners = new Set<{ topics: ReadonlySet<string>; listener: () => void }>()
  const memberships = new Set<Membership>()
  const broadcasts = new Set<Subscription>()
  const tail = createLogTail({ read: ({ positions, names }) => reader.read(positions, { waitMs: 0, names }), trustMs: 5_000 })
  let closed = false

  const heads: LogBus['heads'] = async (names) => await reader.heads(await topics.existing(names))

  const ring = (news: ReadonlySet<string> | undefined): void => {
    for (const { topics: own, listener } of listeners) if (!news || [...news].some((topic) => own.has(topic))) listener()
  }

  /** Follows the end of every topic somebody listens to: what comes is kept for all groups of this process, and they are rung. */
  const follow = async (): Promise<void> => {
    let lookedAt = Number.NEGATIVE_INFINITY
    let watched = ''
    while (!closed) {
      try {
        const names = [...new Set([...listeners].flatMap((entry) => [...entry.topics]))].sort()
        if (names.length > 0 && (names.join() !== watched || performance.now() - lookedAt > 1_000)) {
          watched = names.join()
          lookedAt = performance.now()
          // a topic that was not there may have records already
          const added = tail.watch(await follower.heads(await topics.existing(names)))
          if (added.size > 0) ring(added)
        }
        const positions = tail.positions()
        if (positions.length === 0) {
          await delay(50, undefined, { ref: false })
          continue
        }
        const slices = await follower.read(positions, { waitMs: pollMs })
        tail.offer(slices)
        if (slices.length > 0) ring(new Set(slices.map(({ topic }) => topic)))
      } catch (error) {
        if (closed) return
        log.warn({ err: error }, 'Kafka does not answer; trying again')
        await delay(500, undefined, { ref: false })
        lookedAt = Number.NEGATIVE_INFINITY
        // something may have come meanwhile
        ring(undefined)
      }
    }
  }
  let following: Promise<void> | undefined

  const onNews: LogBus['onNews'] = async (names, listener) => {
    const entry = { topics: new Set(names), listener }
    listeners.add(entry)
    tail.watch(await heads(names))
    following ??= follow()
    return () => listeners.delete(entry)
  }

  const publish: Bus['publish'] = async (records) => {
    if (records.length === 0) return
    for (const { type, eventId, value } of records) refuseLarge(type, eventId, value)
    const counts = await topics.ensure(records.map(({ topic }) => topic))
    await producer.send({
      messages: records.map(({ topic, key, eventId, type, value }) => ({
        topic: `${prefix}${topic}`,
        key,
        // a tombstone: nothing is left of the key
        ...(value === '' ? {} : { value }),
        partition: partitionOf(key, counts.get(topic)!),
        headers: { id: eventId, type },
      })),
    })
  }

  return {
    driver: 'kafka',
    capabilities: { orderPerKey: true, replay: true, broadcast: true, partitions: true },
    publish,
    heads,
    onNews,
    fetch: tail.fetch,
    partitionCounts: (names) => topics.ensure(names),
    apply: ({ topics: plans }, { dryRun }) => topics.apply(plans, dryRun),
    async topicNames() {
      const names = (await admin.listTopics()).filter((name) => name.startsWith(prefix) && !name.startsWith('__'))
      return names.map((name) => name.slice(prefix.length)).sort()
    },
    async describe() {
      const { id, brokers, controllerId } = await admin.metadata({ topics: [], forceUpdate: true })
      const list = [...brokers].map(([node, { host, port }]) => ({ node, address: `${host}:${port}` }))
      return { cluster: id, controller: controllerId, brokers: list }
    },
    async offsetsAt(topic, time) {
      return (await topics.existing([topic])).length === 0 ? [] : await reader.offsetsAt(topic, time)
    },
    async join(group, names) {
      await topics.ensure(names)
      const joined = await joinKafkaGroup({ place, group, topics: names, log, sessionMs })
      memberships.add(joined)
      return {
        ...joined,
        async leave() {
          memberships.delete(joined)
          await joined.leave()
        },
      }
    },
    async broadcast(names, onRecords) {
      return await startBroadcast({ names, onRecords, onNews, heads, fetch: tail.fetch, pollMs: 1_000, log, open: broadcasts })
    },
    async close() {
      closed = true
      await Promise.all([...broadcasts].map((subscription) => subscription.stop()))
      await Promise.all([...memberships].map((membership) => membership.leave()))
      await following
      await Promise.all(
        [reader.close(), follower.close(), producer.close(true), admin.close()].map((end) => end.catch(() => undefined)),
      )
    },
  }
}
