import { setTimeout as delay } from 'node:timers/promises'
import { type Admin, ConfigResourceTypes, IncrementalAlterConfigOperationTypes, MultipleErrors } from '@platformatic/kafka'
import { type Change, compareTopic, type TopicPlan, wantedOf } from '../topology.ts'

/** The topics of a cluster: how many partitions they have, and that they are there. */
export interface KafkaTopics {
  /** Topics that exist, of those asked. */
  existing(names: readonly string[]): Promise<string[]>
  /** See LogBus.apply. */
  apply(plans: readonly TopicPlan[], dryRun: boolean): Promise<Change[]>
  /** Partitions of each; a topic that is missing is created. */
  ensure(names: readonly string[]): Promise<Map<string, number>>
}

export interface KafkaTopicsOptions {
  readonly admin: Admin
  /** see KafkaPlace */
  readonly prefix: string
  /** of topics that are created */
  readonly partitions: number
  readonly retentionMs: number
}

/** How long a topic that was missing is believed to be missing. */
const LOOK_AGAIN_MS = 1_000
/** How long a new topic may take to be known. */
const KNOWN_TRIES = 50
const KNOWN_PAUSE_MS = 100

export function createKafkaTopics({ admin, prefix, partitions, retentionMs }: KafkaTopicsOptions): KafkaTopics {
  const counts = new Map<string, number>()
  const named = (name: string) => `${prefix}${name}`
  let listed: { at: number; names: Promise<Set<string>> } | undefined

  const list = (): Promise<Set<string>> => {
    if (!listed || performance.now() - listed.at > LOOK_AGAIN_MS) {
      const names = admin.listTopics().then((all) => new Set(all))
      names.catch(() => {
        listed = undefined
      })
      listed = { at: performance.now(), names }
    }
    return listed.names
  }

  async function create(names: readonly string[], plan = { partitions, retentionMs }): Promise<void> {
    await admin
      .createTopics({
        topics: names.map(named),
        partitions: plan.partitions,
        replicas: -1,
        configs: [
          { name: 'retention.ms', value: String(plan.retentionMs) },
          { name: 'cleanup.policy', value: 'delete' },
        ],
      })
      .catch((error: unknown) => {
        // somebody was faster
        if (!(error instanceof MultipleErrors) || !error.findBy('apiId', 'TOPIC_ALREADY_EXISTS')) throw error
      })
    listed = undefined
  }

  /** A topic that was created a moment ago is not known to every broker at once. */
  async function known(names: readonly string[]): Promise<[string, number][]> {
    for (let tries = 1; ; tries += 1) {
      try {
        const { topics } = await admin.metadata({ topics: names.map(named), forceUpdate: true })
        return names.map((name) => [name, topics.get(named(name))!.partitionsCount])
      } catch (error) {
        if (tries === KNOWN_TRIES) throw error
        await delay(KNOWN_PAUSE_MS)
      }
    }
  }

  /** Partitions and retention of topics that are there. */
  async function real(plans: readonly TopicPlan[]): Promise<Map<string, { partitions: number; retentionMs: number }>> {
    const there = await list()
    const names = plans.map(({ name }) => name).filter((name) => there.has(named(name)))
    if (names.length === 0) return new Map()
    const partitionsOf = new Map(await known(names))
    const configs = await admin.describeConfigs({
      resources: names.map((name) => ({
        resourceType: ConfigResourceTypes.TOPIC,
        resourceName: named(name),
        configurationKeys: ['retention.ms'],
      })),
    })
    const retention = new Map(configs.map(({ resourceName, configs: [first] }) => [resourceName, Number(first?.value)]))
    return new Map(
      names.map((name) => [name, { partitions: partitionsOf.get(name)!, retentionMs: retention.get(named(name)) ?? 0 }]),
    )
  }

  return {
    async apply(plans, dryRun) {
      const found = await real(plans)
      const changes = plans.map((plan) => compareTopic(plan, found.get(plan.name)))
      for (const [index, plan] of dryRun ? [] : plans.entries()) {
        if (changes[index]!.action === 'create') await create([plan.name], wantedOf(plan))
        if (changes[index]!.action === 'change') {
          const configs = [
            { name: 'retention.ms', configOperation: IncrementalAlterConfigOperationTypes.SET, value: String(plan.retentionMs) },
          ]
          await admin.incrementalAlterConfigs({
            resources: [{ resourceType: ConfigResourceTypes.TOPIC, resourceName: named(plan.name), configs }],
          })
        }
      }
      return changes
    },
    async existing(names) {
      if (names.every((name) => counts.has(name))) return [...names]
      const there = await list()
      const found = names.filter((name) => there.has(named(name)))
      const fresh = found.filter((name) => !counts.has(name))
      if (fresh.length > 0) for (const [name, count] of await known(fresh)) counts.set(name, count)
      return found
    },
    async ensure(names) {
      const unknown = [...new Set(names)].filter((name) => !counts.has(name))
      if (unknown.length > 0) {
        const there = await list()
        const missing = unknown.filter((name) => !there.has(named(name)))
        if (missing.length > 0) await create(missing)
        for (const [name, count] of await known(unknown)) counts.set(name, count)
      }
      return new Map([...new Set(names)].map((name) => [name, counts.get(name)!]))
    },
  }
}
