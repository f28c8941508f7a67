import {
  CreateTopicCommand,
  GetSubscriptionAttributesCommand,
  ListTopicsCommand,
  paginateListSubscriptionsByTopic,
  SetSubscriptionAttributesCommand,
  SubscribeCommand,
} from '@aws-sdk/client-sns'
import {
  CreateQueueCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  ListQueuesCommand,
  type QueueAttributeName,
  SetQueueAttributesCommand,
} from '@aws-sdk/client-sqs'
import { DomainError } from '#kit/core/errors.ts'
import type { BusNames } from '../bus-names.ts'
import type { Change, GroupPlan } from '../topology.ts'
import { type Clients, errorName } from './aws.ts'
import type { SnsSqsUrl } from './url.ts'

export interface QueuePair {
  /** without prefix */
  readonly name: string
  readonly url: string
  readonly deadUrl: string
}

/** Topics, queues and subscriptions: what is there, what is missing, and making it so. */
export interface Resources {
  /** ARN of the channel that a topic goes by */
  channel(topic: string): Promise<string>
  /** A group's queue and that of its dead letters, made or not: the ones that are there. */
  pair(group: string): Promise<QueuePair>
  /** Compares all that a group needs with what is there, and makes it so unless `dryRun`. */
  group(plan: GroupPlan, dryRun: boolean): Promise<Change[]>
  channels(topics: readonly string[], dryRun: boolean): Promise<Change[]>
  /** throws when one of the services does not answer */
  probe(): Promise<void>
}

/** As long as SQS can: nobody looks at dead letters at once. */
const RETENTION_SECONDS = 14 * 86_400
/** More values than this no filter may have; such a group gets everything and passes over the rest. */
const MOST_FILTERED = 150

export function createResources({ sns, sqs }: Clients, place: SnsSqsUrl, names: BusNames): Resources {
  const suffix = place.fifo ? '.fifo' : ''
  const real = (name: string) => `${place.prefix}${name}${suffix}`
  const arns = new Map<string, Promise<string>>()
  const pairs = new Map<string, Promise<QueuePair>>()

  const missing = (what: string, name: string) =>
    new DomainError('unavailable', 'messaging/not-applied', `There is no ${what} ${name}. Run \`npx souk bus apply\`.`)

  async function findTopic(name: string): Promise<string | undefined> {
    for (let NextToken: string | undefined; ; ) {
      const page = await sns.send(new ListTopicsCommand({ ...(NextToken ? { NextToken } : {}) }))
      const found = page.Topics?.find(({ TopicArn }) => TopicArn?.endsWith(`:${name}`))
      if (found) return found.TopicArn
      if (!page.NextToken) return undefined
      NextToken = page.NextToken
    }
  }

  const makeTopic = async (name: string): Promise<string> => {
    const Attributes: Record<string, string> = place.fifo ? { FifoTopic: 'true', ContentBasedDeduplication: 'false' } : {}
    return (await sns.send(new CreateTopicCommand({ Name: name, Attributes }))).TopicArn!
  }

  function channel(topic: string): Promise<string> {
    const name = real(names.channel(topic))
    const known = arns.get(name)
    if (known) return known
    const arn = (async () => {
      if (place.create) return await makeTopic(name)
      const found = await findTopic(name)
      if (found === undefined) throw missing('topic', name)
      return found
    })()
    arns.set(name, arn)
    arn.catch(() => arns.delete(name))
    return arn
  }

  const urlOf = async (name: string): Promise<string | undefined> => {
    try {
      return (await sqs.send(new GetQueueUrlCommand({ QueueName: name }))).QueueUrl
    } catch (error) {
      if (['QueueDoesNotExist', 'AWS.SimpleQueueService.NonExistentQueue'].includes(errorName(error))) return undefined
      throw error
    }
  }

  const attributesOf = async (QueueUrl: string): Promise<Partial<Record<QueueAttributeName, string>>> =>
    (await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] }))).Attributes ?? {}

  function pair(group: string): Promise<QueuePair> {
    const known = pairs.get(group)
    if (known) return known
    const found = (async () => {
      const { queue, dead } = names.queue(group)
      const [url, deadUrl] = await Promise.all([urlOf(real(queue)), urlOf(real(dead))])
      if (url === undefined || deadUrl === undefined) throw missing('queue', real(url === undefined ? queue : dead))
      return { name: queue, url, deadUrl }
    })()
    pairs.set(group, found)
    found.catch(() => pairs.delete(group))
    return found
  }

  /** A queue with these attributes; returns its ARN, or undefined where it is missing and nothing may be made. */
  async function queue(
    name: string,
    wanted: Partial<Record<QueueAttributeName, string>>,
    dryRun: boolean,
    changes: Change[],
  ): Promise<{ url: string; arn: string } | undefined> {
    const url = await urlOf(name)
    const about = { what: 'queue', name } as const
    if (url === undefined) {
      changes.push({ ...about, action: 'create', detail: describeQueue(wanted, place) })
      if (dryRun) return undefined
      const Attributes = { ...wanted, ...(place.fifo ? { FifoQueue: 'true' } : {}) }
      const made = (await sqs.send(new CreateQueueCommand({ QueueName: name, Attributes }))).QueueUrl!
      return { url: made, arn: (await attributesOf(made)).QueueArn! }
    }
    const real = await attributesOf(url)
    // what an engine that only speaks like SQS does not tell of, it does not have
    const told = Object.entries(wanted).filter(([key]) => key === 'RedrivePolicy' || key in real)
    const different = told.filter(([key, value]) => !same(value, real[key as QueueAttributeName]))
    if (different.length > 0) {
      changes.push({ ...about, action: 'change', detail: different.map(([key]) => key).join(', ') })
      if (!dryRun) await sqs.send(new SetQueueAttributesCommand({ QueueUrl: url, Attributes: Object.fromEntries(different) }))
    } else changes.push({ ...about, action: 'keep', detail: describeQueue(wanted, place) })
    return { url, arn: real.QueueArn! }
  }

  /** @param wanted event types without version that come by this channel */
  async function subscribe(
    channelName: string,
    queueName: string,
    wantedNames: readonly string[],
    { TopicArn, Endpoint }: { TopicArn: string | undefined; Endpoint: string | undefined },
    dryRun: boolean,
  ): Promise<Change> {
    const all = wantedNames.length > MOST_FILTERED
    const FilterPolicy = JSON.stringify(all ? {} : { name: wantedNames })
    const about = { what: 'subscription', name: `${channelName} → ${queueName}` } as const
    const detail = all ? 'everything' : wantedNames.map((name) => names.event(name)).join(', ')
    const found = TopicArn && Endpoint ? await findSubscription(TopicArn, Endpoint) : undefined
    if (!found) {
      const Attributes = { RawMessageDelivery: 'true', FilterPolicy }
      if (!dryRun)
        await sns.send(new SubscribeCommand({ TopicArn, Protocol: 'sqs', Endpoint, Attributes, ReturnSubscriptionArn: true }))
      return { ...about, action: 'create', detail }
    }
    const { Attributes = {} } = await sns.send(new GetSubscriptionAttributesCommand({ SubscriptionArn: found }))
    const wanted = { RawMessageDelivery: 'true', FilterPolicy }
    const different = Object.entries(wanted).filter(([key, value]) => !same(value, Attributes[key]))
    if (different.length === 0) return { ...about, action: 'keep', detail }
    for (const [AttributeName, AttributeValue] of dryRun ? [] : different)
      await sns.send(new SetSubscriptionAttributesCommand({ SubscriptionArn: found, AttributeName, AttributeValue }))
    return { ...about, action: 'change', detail }
  }

  async function findSubscription(TopicArn: string, endpoint: string): Promise<string | undefined> {
    for await (const { Subscriptions = [] } of paginateListSubscriptionsByTopic({ client: sns }, { TopicArn })) {
      const found = Subscriptions.find(({ Endpoint }) => Endpoint === endpoint)
      if (found) return found.SubscriptionArn
    }
    return undefined
  }

  async function channels(topics: readonly string[], dryRun: boolean): Promise<Change[]> {
    const found = new Map<string, string[]>()
    for (const topic of topics) {
      const name = real(names.channel(topic))
      found.set(name, [...(found.get(name) ?? []), topic])
    }
    return await Promise.all(
      [...found].map(async ([name, carried]): Promise<Change> => {
        const arn = await findTopic(name)
        if (arn === undefined && !dryRun) await makeTopic(name)
        return { what: 'topic', name, action: arn === undefined ? 'create' : 'keep', detail: carried.join(', ') }
      }),
    )
  }

  return {
    channel,
    pair,
    channels,
    async probe() {
      await Promise.all([sns.send(new ListTopicsCommand({})), sqs.send(new ListQueuesCommand({ MaxResults: 1 }))])
    },
    async group(plan, dryRun) {
      const changes: Change[] = []
      const { queue: queueName, dead: deadName } = names.queue(plan.group)
      const dead = await queue(real(deadName), { MessageRetentionPeriod: String(RETENTION_SECONDS) }, dryRun, changes)
      const byChannel = Map.groupBy(plan.events, ({ topic }) => names.channel(topic))
      const arnOf = new Map<string, string | undefined>()
      for (const name of byChannel.keys()) arnOf.set(name, dryRun ? await findTopic(real(name)) : await makeTopic(real(name)))
      const main = await queue(
        real(queueName),
        {
          MessageRetentionPeriod: String(RETENTION_SECONDS),
          VisibilityTimeout: String(place.visibilitySeconds),
          ReceiveMessageWaitTimeSeconds: String(place.waitSeconds),
          ...(dead ? { RedrivePolicy: JSON.stringify({ deadLetterTargetArn: dead.arn, maxReceiveCount: place.receives }) } : {}),
        },
        dryRun,
        changes,
      )
      if (main && !dryRun) await allow(main, [...arnOf.values()] as string[])
      for (const [name, events] of byChannel) {
        const wantedNames = [...new Set(events.map((event) => event.name))].sort()
        const ends = { TopicArn: arnOf.get(name), Endpoint: main?.arn }
        changes.push(await subscribe(real(name), real(queueName), wantedNames, ends, dryRun))
      }
      return changes
    },
  }

  /** Without it the queue refuses what its topics bring. */
  async function allow({ url, arn }: { url: string; arn: string }, topics: readonly string[]): Promise<void> {
    const Policy = JSON.stringify({
      Version: '2012-10-17',
      Statement: [
        {
          Sid: 'topics',
          Effect: 'Allow',
          Principal: { Service: 'sns.amazonaws.com' },
          Action: 'sqs:SendMessage',
          Resource: arn,
          Condition: { ArnEquals: { 'aws:SourceArn': topics } },
        },
      ],
    })
    if (same(Policy, (await attributesOf(url)).Policy)) return
    await sqs.send(new SetQueueAttributesCommand({ QueueUrl: url, Attributes: { Policy } }))
  }
}

function describeQueue({ VisibilityTimeout }: Partial<Record<QueueAttributeName, string>>, { receives }: SnsSqsUrl): string {
  if (VisibilityTimeout === undefined) return 'dead letters, kept 14 days'
  return `hidden ${VisibilityTimeout} s, dead letters after ${receives}`
}

/** Equal as JSON, whatever the order of its fields and whether numbers are texts. */
function same(wanted: string, real: string | undefined): boolean {
  if (real === undefined) return wanted === '{}'
  if (wanted === real) return true
  try {
    return JSON.stringify(sorted(JSON.parse(wanted))) === JSON.stringify(sorted(JSON.parse(real)))
  } catch {
    return false
  }
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (value === null || typeof value !== 'object') return String(value)
  return Object.fromEntries(
    Object.entries(value)
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .map(([name, inner]) => [name, sorted(inner)]),
  )
}
