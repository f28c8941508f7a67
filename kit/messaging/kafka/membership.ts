import { setTimeout as delay } from 'node:timers/promises'
import { Consumer } from '@platformatic/kafka'
import type { Logger } from '#kit/service/logger.ts'
import type { Membership, Position } from '../log-bus.ts'
import { type KafkaPlace, steady } from './connection.ts'

export interface KafkaMembershipOptions {
  readonly place: KafkaPlace
  readonly group: string
  readonly topics: readonly string[]
  readonly log: Logger
  /** a member that is silent this long loses its partitions */
  readonly sessionMs: number
}

/** Offsets are told to the cluster this often: for its tools and alarms, nobody starts from them. */
const TELL_MS = 1_000

const LONGEST_PAUSE_MS = 2_000

/** A member of a real consumer group: the cluster deals out the partitions. */
export async function joinKafkaGroup(options: KafkaMembershipOptions): Promise<Membership> {
  const { place, group, topics, log, sessionMs } = options
  const { client, prefix } = place
  const consumer = steady(
    new Consumer({
      ...client,
      groupId: `${prefix}${group}`,
      sessionTimeout: sessionMs,
      heartbeatInterval: Math.floor(sessionMs / 4),
      rebalanceTimeout: Math.max(sessionMs, 10_000),
      autocommit: false,
    }),
  )
  const listeners = new Set<() => void>()
  let owned: ReadonlySet<string> = new Set()
  const update = (): void => {
    owned = new Set(
      (consumer.assignments ?? []).flatMap(({ topic, partitions }) =>
        partitions.map((partition) => `${topic.slice(prefix.length)}/${partition}`),
      ),
    )
    for (const listener of listeners) listener()
  }
  const untold = new Map<string, Position>()
  const tell = async (): Promise<void> => {
    const offsets = [...untold.values()].filter(({ topic, partition }) => owned.has(`${topic}/${partition}`))
    untold.clear()
    if (offsets.length === 0) return
    await consumer.commit({
      offsets: offsets.map(({ topic, partition, next }) => ({
        topic: `${prefix}${topic}`,
        partition,
        offset: next,
        leaderEpoch: -1,
      })),
    })
  }
  consumer.on('consumer:group:join', update)
  consumer.on('consumer:group:rebalance', update)
  let joining: Promise<void> | undefined
  let left = false
  /** Until it succeeds: a coordinator that moves or starts may take longer than the client tries. */
  const join = async (): Promise<void> => {
    for (let pauseMs = 100; !left; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
      try {
        await consumer.joinGroup({})
        return
      } catch (error) {
        if (left) return
        log.warn({ err: error, group }, 'the group of the cluster cannot be joined; trying again')
        await delay(pauseMs, undefined, { ref: false })
      }
    }
  }
  // The client gives up a group it could not join again, and would end the process if nobody listened.
  consumer.on('error', (error: Error) => {
    log.debug({ err: error, group }, 'a group of the cluster was lost')
    owned = new Set()
    for (const listener of listeners) listener()
    joining ??= join().finally(() => {
      joining = undefined
      update()
    })
  })
  consumer.on('consumer:heartbeat:error', ({ error }) => log.debug({ err: error, group }, 'the heartbeat of a group failed'))
  consumer.topics.trackAll(...topics.map((topic) => `${prefix}${topic}`))
  await join()
  update()
  const timer = setInterval(() => {
    tell().catch((error: unknown) => log.debug({ err: error, group }, 'offsets could not be told to the cluster'))
  }, TELL_MS).unref()

  return {
    owns: (topic, partition) => owned.has(`${topic}/${partition}`),
    onChange(listener) {
      listeners.add(listener)
    },
    progress(positions) {
      for (const position of positions) untold.set(`${position.topic}/${position.partition}`, position)
    },
    async leave() {
      left = true
      clearInterval(timer)
      await joining
      await tell().catch(() => undefined)
      await Promise.resolve(consumer.leaveGroup()).catch(() => undefined)
      await consumer.close(true).catch(() => undefined)
      owned = new Set()
    },
  }
}
