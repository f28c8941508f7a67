import { PublishBatchCommand } from '@aws-sdk/client-sns'
import type { BusNames } from '../bus-names.ts'
import type { Clients } from './aws.ts'
import { partitionOf } from '../partition.ts'
import { attributesOf, bodyOf, orderGroupOf, type PlacedRecord } from './message.ts'
import type { Resources } from './resources.ts'

const MOST_ENTRIES = 10
/** All of a batch together, with what travels beside the events. */
const MOST_BYTES = 250_000
const BESIDE_BYTES = 700
/** Requests at the same time, each for keys of its own. */
const AT_ONCE = 4

export interface PublisherOptions {
  readonly clients: Clients
  readonly names: BusNames
  readonly resources: Resources
  readonly fifo: boolean
}

/** Publishes to the channels; throws when one record was not taken: then all come again, and who has them drops them by their ids. */
export function createPublisher({ clients: { sns }, names, resources, fifo }: PublisherOptions) {
  const publishBatch = async (TopicArn: string, batch: readonly PlacedRecord[]): Promise<void> => {
    const PublishBatchRequestEntries = batch.map((record, index) => ({
      Id: String(index),
      Message: bodyOf(record),
      MessageAttributes: attributesOf(record, names),
      ...(fifo ? { MessageGroupId: orderGroupOf(record), MessageDeduplicationId: record.eventId } : {}),
    }))
    const { Failed = [] } = await sns.send(new PublishBatchCommand({ TopicArn, PublishBatchRequestEntries }))
    if (Failed.length > 0)
      throw new Error(`SNS did not take ${Failed.length} events: ${Failed[0]!.Code} ${Failed[0]!.Message ?? ''}`)
  }

  return async (records: readonly PlacedRecord[]): Promise<void> => {
    const channels = Map.groupBy(records, ({ topic }) => names.channel(topic))
    await Promise.all(
      [...channels.values()].map(async (part) => {
        const arn = await resources.channel(part[0]!.topic)
        await Promise.all(
          lanesOf(part).map(async (lane) => {
            for (const batch of batchesOf(lane, fifo)) await publishBatch(arn, batch)
          }),
        )
      }),
    )
  }
}

/** Several ways side by side once there is enough for them; a key always goes the same way, so that its events keep their order. */
function lanesOf(records: readonly PlacedRecord[]): PlacedRecord[][] {
  if (records.length <= MOST_ENTRIES) return [[...records]]
  return [...Map.groupBy(records, ({ key }) => partitionOf(key, AT_ONCE)).values()]
}

/**
 * Cuts records into requests. Where order matters, two of one key never share one: each entry of a request may fail for itself, and the later one must
 * not get through without the earlier one.
 */
export function batchesOf(records: readonly PlacedRecord[], ordered: boolean): PlacedRecord[][] {
  const batches: PlacedRecord[][] = []
  let batch: PlacedRecord[] = []
  let bytes = 0
  const keys = new Set<string>()
  for (const record of records) {
    const size = Buffer.byteLength(record.value) + BESIDE_BYTES
    const key = `${record.topic}\n${record.key}`
    if (batch.length === MOST_ENTRIES || bytes + size > MOST_BYTES || (ordered && keys.has(key))) {
      batches.push(batch)
      batch = []
      bytes = 0
      keys.clear()
    }
    batch.push(record)
    bytes += size
    keys.add(key)
  }
  if (batch.length > 0) batches.push(batch)
  return batches
}
