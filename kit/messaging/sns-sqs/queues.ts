import { randomUUID } from 'node:crypto'
import {
  ChangeMessageVisibilityBatchCommand,
  DeleteMessageBatchCommand,
  GetQueueAttributesCommand,
  type Message,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
} from '@aws-sdk/client-sqs'
import { DomainError } from '#kit/core/errors.ts'
import type { Logger } from '#kit/service/logger.ts'
import type { BusNames } from '../bus-names.ts'
import type { Delivery, Queues } from '../log-bus.ts'
import type { Clients } from './aws.ts'
import { attributesOf, bodyOf, deliveryOf, orderGroupOf, type PlacedRecord } from './message.ts'
import { batchesOf } from './publisher.ts'
import type { Resources } from './resources.ts'
import type { SnsSqsUrl } from './url.ts'

/** Most messages of one request, whatever the request. */
const MOST = 10

export interface SqsQueuesOptions {
  readonly clients: Clients
  readonly place: SnsSqsUrl
  readonly names: BusNames
  readonly resources: Resources
  readonly log: Logger
}

/** The groups' queues, and a way into them past the topics. */
export interface SqsQueues extends Queues {
  /** Tells of an event that died, in the queue of the group's dead letters. */
  bury(group: string, record: PlacedRecord, code: string): Promise<void>
}

export function createSqsQueues({ clients: { sqs }, place, names, resources, log }: SqsQueuesOptions): SqsQueues {
  /** @param repeated FIFO queues forget what they have seen in the last minutes; a replay has to come through */
  async function send(url: string, records: readonly PlacedRecord[], repeated: string, died?: string): Promise<void> {
    for (const batch of batchesOf(records, place.fifo)) {
      const Entries = batch.map((record, index) => ({
        Id: String(index),
        MessageBody: bodyOf(record),
        MessageAttributes: attributesOf(record, names, died),
        ...(place.fifo ? { MessageGroupId: orderGroupOf(record), MessageDeduplicationId: `${record.eventId}-${repeated}` } : {}),
      }))
      const { Failed = [] } = await sqs.send(new SendMessageBatchCommand({ QueueUrl: url, Entries }))
      if (Failed.length > 0)
        throw new Error(`SQS did not take ${Failed.length} messages: ${Failed[0]!.Code} ${Failed[0]!.Message ?? ''}`)
    }
  }

  return {
    async open(plan) {
      if (place.create) await resources.group(plan, false)
      const { url: QueueUrl, name } = await resources.pair(plan.group)
      const hide = async (deliveries: readonly Delivery[], VisibilityTimeout: number) => {
        for (const part of partsOf(deliveries)) {
          const Entries = part.map(({ receipt }, index) => ({ Id: String(index), ReceiptHandle: receipt, VisibilityTimeout }))
          await sqs.send(new ChangeMessageVisibilityBatchCommand({ QueueUrl, Entries }))
        }
      }
      return {
        visibilityMs: place.visibilitySeconds * 1000,
        async receive() {
          const { Messages = [] } = await sqs.send(
            new ReceiveMessageCommand({
              QueueUrl,
              MaxNumberOfMessages: MOST,
              MessageAttributeNames: ['All'],
              VisibilityTimeout: place.visibilitySeconds,
              WaitTimeSeconds: place.waitSeconds,
            }),
          )
          return Messages.flatMap((message) => readOrLeave(message, name, log))
        },
        async done(deliveries) {
          for (const part of partsOf(deliveries)) {
            const Entries = part.map(({ receipt }, index) => ({ Id: String(index), ReceiptHandle: receipt }))
            const { Failed = [] } = await sqs.send(new DeleteMessageBatchCommand({ QueueUrl, Entries }))
            // they come again, and the inbox drops them
            if (Failed.length > 0) log.debug({ queue: name, failed: Failed.length }, 'handled messages could not be deleted')
          }
        },
        release: hide,
        extend: async (deliveries) => await hide(deliveries, place.visibilitySeconds),
      }
    },
    async resend(group, records) {
      const { url } = await resources.pair(group)
      await send(
        url,
        records.map(({ topic, key, eventId, type, partition, offset, value }) => ({
          ...{ topic, key, eventId, type, partition, offset },
          value: value.toString(),
        })),
        randomUUID(),
      )
    },
    async bury(group, record, code) {
      const { deadUrl } = await resources.pair(group)
      await send(deadUrl, [record], randomUUID(), code)
    },
    async depth(group) {
      const pair = await resources.pair(group).catch((error: unknown) => {
        if (error instanceof DomainError) return undefined
        throw error
      })
      if (!pair) return undefined
      const { name, url, deadUrl } = pair
      const [queue, dead] = await Promise.all([url, deadUrl].map(async (QueueUrl) => await countsOf(sqs, QueueUrl)))
      return { queue: name, waiting: queue!.waiting, inFlight: queue!.inFlight, dead: dead!.waiting + dead!.inFlight }
    },
  }
}

async function countsOf(sqs: Clients['sqs'], QueueUrl: string): Promise<{ waiting: number; inFlight: number }> {
  const { Attributes = {} } = await sqs.send(
    new GetQueueAttributesCommand({
      QueueUrl,
      AttributeNames: [
        'ApproximateNumberOfMessages',
        'ApproximateNumberOfMessagesNotVisible',
        'ApproximateNumberOfMessagesDelayed',
      ],
    }),
  )
  const of = (name: keyof typeof Attributes) => Number(Attributes[name] ?? 0)
  return {
    waiting: of('ApproximateNumberOfMessages') + of('ApproximateNumberOfMessagesDelayed'),
    inFlight: of('ApproximateNumberOfMessagesNotVisible'),
  }
}

/** What is not one of our events is not taken: after some times the queue puts it to its dead letters. */
function readOrLeave(message: Message, queue: string, log: Logger): Delivery[] {
  const delivery = deliveryOf(message)
  if (!delivery) log.error({ queue, messageId: message.MessageId }, 'a message of the queue is no event; it is left to the queue')
  return delivery ? [delivery] : []
}

function partsOf<T>(all: readonly T[]): T[][] {
  return Array.from({ length: Math.ceil(all.length / MOST) }, (_, part) => all.slice(part * MOST, part * MOST + MOST))
}
