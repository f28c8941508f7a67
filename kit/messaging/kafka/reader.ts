import { setTimeout as delay } from 'node:timers/promises'
import { Consumer, findErrorBy } from '@platformatic/kafka'
import { nameOf } from '../event.ts'
import { type KafkaPlace, steady } from './connection.ts'
import type { PartitionHead, Position, Slice } from '../log-bus.ts'
import { LogRecord } from '../log-record.ts'
import { changeIdOf } from '../rows/row-envelope.ts'

/** Reads any partition from any offset, without being a member of a group. One request at a time. */
export interface KafkaReader {
  /** Stretches behind the positions, where there is something. Waits for at most `waitMs` while there is nothing. */
  read(positions: readonly Position[], options: { waitMs: number; names?: readonly string[] | undefined }): Promise<Slice[]>
  heads(topics: readonly string[]): Promise<PartitionHead[]>
  /** First offsets at or after a time; the end of a partition where there are none. */
  offsetsAt(topic: string, time: Date): Promise<{ partition: number; next: bigint }[]>
  close(): Promise<void>
}

const PARTITION_BYTES = 512 * 1024
const TOTAL_BYTES = 4 * 1024 * 1024
const EARLIEST = -2n
const LATEST = -1n

type FetchResponse = Awaited<ReturnType<Consumer['fetch']>>
type FetchResponsePartition = FetchResponse['responses'][number]['partitions'][number]

/** Kafka's error codes. */
const OFFSET_OUT_OF_RANGE = 1

export function createKafkaReader({ client: options, prefix }: KafkaPlace): KafkaReader {
  const real = (topic: string) => `${prefix}${topic}`
  // The group exists in name only: offsets are kept by the consumers, with their effects.
  const consumer = steady(new Consumer({ ...options, groupId: `${options.clientId}-reader`, minBytes: 1 }))
  let turn: Promise<unknown> = Promise.resolve()
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const mine = turn.then(work)
    turn = mine.catch(() => undefined)
    return mine
  }

  const offsets = async (topics: readonly string[], timestamp: bigint) => {
    if (topics.length === 0) return new Map<string, bigint[]>()
    const found = await withLeaders(
      () => consumer.listOffsets({ topics: topics.map(real), timestamp }),
      () => consumer.metadata({ topics: topics.map(real), forceUpdate: true }),
    )
    return new Map([...found].map(([name, list]) => [name.slice(prefix.length), list]))
  }

  async function fetchFrom(positions: readonly Position[], waitMs: number): Promise<Answer[]> {
    const names = [...new Set(positions.map(({ topic }) => topic))]
    for (const name of names.map(real)) if (!consumer.topics.has(name)) consumer.topics.track(name)
    const metadata = await consumer.metadata({ topics: names.map(real) })
    const known = (topic: string) => metadata.topics.get(real(topic))!
    const topicOf = new Map(names.map((name) => [known(name).id, name]))
    const byLeader = Map.groupBy(positions, ({ topic, partition }) => known(topic).partitions[partition]!.leader)
    const answers = await Promise.all(
      [...byLeader].map(async ([node, led]) => {
        const topics = [...Map.groupBy(led, ({ topic }) => topic)].map(([topic, part]) => ({
          topicId: known(topic).id,
          partitions: part.map(({ partition, next }) => ({
            partition,
            fetchOffset: next,
            partitionMaxBytes: PARTITION_BYTES,
            currentLeaderEpoch: -1,
            lastFetchedEpoch: -1,
          })),
        }))
        const request = { node, topics, maxWaitTime: waitMs, minBytes: 1, maxBytes: TOTAL_BYTES }
        return await consumer.fetch(request).catch(partlyAnswered)
      }),
    )
    return answers.flatMap(({ responses }) =>
      responses.flatMap(({ topicId, partitions }) =>
        partitions.map((partition) => ({ topic: topicOf.get(topicId) ?? '', ...partition })),
      ),
    )
  }

  return {
    read(positions, { waitMs, names }) {
      if (positions.length === 0) return Promise.resolve([])
      return inTurn(async () => {
        const wanted = names && new Set(names)
        const asked = new Map(positions.map((position) => [`${position.topic}/${position.partition}`, position]))
        const answers = await fetchFrom(positions, waitMs)
        const lost = answers.filter(({ errorCode }) => errorCode === OFFSET_OUT_OF_RANGE)
        const again = lost.length === 0 ? [] : await afterRetention(lost, asked, fetchFrom)
        return [...answers, ...again].flatMap((answer) => {
          const position = asked.get(`${answer.topic}/${answer.partitionIndex}`)
          return position && answer.errorCode === 0 ? sliceOf(position, answer, wanted) : []
        })
      })
    },
    heads(topics) {
      return inTurn(async () => {
        const [first, next] = [await offsets(topics, EARLIEST), await offsets(topics, LATEST)]
        return [...next].flatMap(([topic, ends]) =>
          ends.map((end, partition) => ({ topic, partition, first: first.get(topic)?.[partition] ?? 0n, next: end })),
        )
      })
    },
    offsetsAt(topic, time) {
      return inTurn(async () => {
        const found = (await offsets([topic], BigInt(time.getTime()))).get(topic) ?? []
        const ends = (await offsets([topic], LATEST)).get(topic) ?? []
        return ends.map((end, partition) => ({ partition, next: (found[partition] ?? -1n) >= 0n ? found[partition]! : end }))
      })
    },
    close: async () => await consumer.close(true),
  }
}

/** On a busy broker seconds pass until a topic that somebody made a moment ago has leaders. Whoever else reads waits behind this. */
const LEADERS = { forMs: 5_000, pauseMs: 250 }

/** Asks again, with a fresh look at who leads, as long as only the leaders' answers are missing; whoever starts beside a process that makes topics would fail. */
export async function withLeaders<T>(
  ask: () => Promise<T>,
  lookAgain: () => Promise<unknown>,
  { forMs, pauseMs } = LEADERS,
): Promise<T> {
  const end = performance.now() + forMs
  for (;;) {
    try {
      return await ask()
    } catch (error) {
      if (!isWithoutLeader(error) || performance.now() + pauseMs > end) throw error
      await delay(pauseMs)
      // what it meets the next question meets too, and is judged there
      await lookAgain().catch(() => undefined)
    }
  }
}

/**
 * Brokers and topics themselves say it, at every depth of the error; a broker that cannot be reached is another matter. That a topic is not known
 * counts where a leader says it, which hears of a new one late; where all say it, there is none.
 */
function isWithoutLeader(error: unknown): boolean {
  const stale = findErrorBy(error as Error, 'hasStaleMetadata', true) as { apiId?: string } | null
  if (!stale) return false
  return stale.apiId !== 'UNKNOWN_TOPIC_OR_PARTITION' || (error as Error).message === 'Listing offsets failed.'
}

type Answer = FetchResponsePartition & { readonly topic: string }

/** One partition's error must not hide what the others brought. */
function partlyAnswered(error: unknown): FetchResponse {
  const { response } = error as { response?: FetchResponse }
  const errors = response?.responses.flatMap(({ partitions }) => partitions.map(({ errorCode }) => errorCode)) ?? []
  if (response && errors.length > 0 && errors.every((code) => code === 0 || code === OFFSET_OUT_OF_RANGE)) return response
  throw error
}

/** The retention has deleted what was asked for: read from what is left. */
async function afterRetention(
  lost: readonly Answer[],
  asked: ReadonlyMap<string, Position>,
  fetchFrom: (positions: readonly Position[], waitMs: number) => Promise<Answer[]>,
): Promise<Answer[]> {
  const behind = lost.filter(({ topic, partitionIndex, logStartOffset }) => {
    const position = asked.get(`${topic}/${partitionIndex}`)
    return position !== undefined && position.next < logStartOffset
  })
  if (behind.length === 0) return []
  return await fetchFrom(
    behind.map(({ topic, partitionIndex, logStartOffset }) => ({ topic, partition: partitionIndex, next: logStartOffset })),
    0,
  )
}

function sliceOf(position: Position, answer: Answer, wanted: ReadonlySet<string> | undefined): Slice[] {
  const start = later(position.next, answer.logStartOffset)
  const records: LogRecord[] = []
  let upTo = start
  for (const batch of answer.records ?? []) {
    // of a transaction: takes an offset, is no event
    const control = (batch.attributes & 0b100000) !== 0
    for (const { offsetDelta, key, value, headers } of batch.records) {
      const offset = batch.firstOffset + BigInt(offsetDelta)
      if (offset < start) continue
      upTo = offset + 1n
      if (control) continue
      const header = (name: string) => headers.find(([own]) => own?.toString() === name)?.[1]?.toString()
      // changes of rows, as Debezium sends them, carry no headers: their topic says what they are
      const type = header('type') ?? position.topic
      if (wanted && !wanted.has(nameOf(type))) continue
      records.push(
        new LogRecord({
          topic: position.topic,
          partition: position.partition,
          offset,
          key: key?.toString() ?? '',
          eventId: header('id') ?? changeIdOf(position.topic, key?.toString() ?? '', value?.toString() ?? '', offset),
          type,
          value: value?.toString() ?? '',
        }),
      )
    }
    const end = batch.firstOffset + BigInt(batch.lastOffsetDelta) + 1n
    upTo = later(end, upTo)
  }
  const { topic, partition, next: from } = position
  return upTo > from ? [{ topic, partition, from, upTo, missed: start - from, records }] : []
}

const later = (one: bigint, other: bigint): bigint => (one > other ? one : other)
