import type { Logger } from '#kit/service/logger.ts'
import type { OutgoingRecord } from '../bus.ts'
import { type BusNames, plainNames } from '../bus-names.ts'
import type { LogBus } from '../log-bus.ts'
import type { PostgresBus } from '../postgres-bus.ts'
import { openClients } from './aws.ts'
import { createPublisher } from './publisher.ts'
import { createSqsQueues } from './queues.ts'
import { createResources } from './resources.ts'
import { readSnsSqsUrl } from './url.ts'

export interface SnsSqsBusOptions {
  /** see url.ts */
  readonly url: string
  /** where every event is kept for replays; closed with this bus */
  readonly archive: PostgresBus
  readonly names?: BusNames
  readonly log: Logger
}

const DEAD = '.dlq'

/**
 * The bus on Amazon SNS and SQS (`BUS_URL=sns+sqs://…`): events are written to an archive, the log in PostgreSQL, then published to channels, which bring
 * them to the queue of every group that wants them. The archive gives what queues cannot: replay, events from before a group came, broadcasts, a
 * place for each event.
 */
export function createSnsSqsBus({ url, archive, names = plainNames, log }: SnsSqsBusOptions): LogBus {
  const place = readSnsSqsUrl(url)
  const clients = openClients(place)
  const resources = createResources(clients, place, names)
  const publishToChannels = createPublisher({ clients, names, resources, fifo: place.fifo })
  const queues = createSqsQueues({ clients, place, names, resources, log })

  async function publish(records: readonly OutgoingRecord[]): Promise<void> {
    if (records.length === 0) return
    // archived first: what a group hears of is always there to be read again
    const places = await archive.append(records)
    const placed = records.map((record, index) => ({ ...record, ...places[index]! }))
    await publishToChannels(placed.filter(({ topic }) => !topic.endsWith(DEAD)))
    for (const record of placed) {
      if (!record.topic.endsWith(DEAD)) continue
      const { source: group, data } = JSON.parse(record.value) as DeadLetter
      const { topic, key, eventId, eventType: type, partition, offset, event: value, error } = data
      await queues.bury(group, { topic, key, eventId, type, partition, offset: BigInt(offset), value }, error.code)
    }
  }

  return {
    ...archive,
    driver: 'sns-sqs',
    capabilities: { orderPerKey: place.fifo, replay: true, broadcast: true, partitions: false },
    publish,
    queues,
    async join() {
      throw new Error('groups of SNS and SQS have queues; nobody owns partitions')
    },
    async apply(topology, { dryRun }) {
      const kept = await archive.apply(topology, { dryRun })
      const topics = topology.topics.map(({ name }) => name).filter((name) => !name.endsWith(DEAD))
      const changes = await resources.channels(topics, dryRun)
      for (const plan of topology.groups) changes.push(...(await resources.group(plan, dryRun)))
      return [...changes, ...kept.map((change) => ({ ...change, name: `archive ${change.name}` }))]
    },
    async describe() {
      const [kept] = await Promise.all([archive.describe(), resources.probe()])
      return { fifo: place.fifo, region: await clients.sns.config.region(), archive: kept }
    },
    async close() {
      clients.close()
      await archive.close()
    },
  }
}

interface DeadLetter {
  readonly source: string
  readonly data: {
    readonly topic: string
    readonly key: string
    readonly eventId: string
    readonly eventType: string
    readonly partition: number
    readonly offset: string
    readonly event: string
    readonly error: { readonly code: string }
  }
}
