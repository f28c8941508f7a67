import { setTimeout as delay } from 'node:timers/promises'
import { type Admin, MultipleErrors } from '@platformatic/kafka'

/** The topics of a cluster: how many partitions they have, and that they are there. */
export interface KafkaTopics {
  /** Topics that exist, of those asked. */
  existing(names: readonly string[]): Promise<string[]>
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
  const real = (name: string) => `${prefix}${name}`
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

  async function create(names: readonly string[]): Promise<void> {
    await admin
      .createTopics({
        topics: names.map(real),
        partitions,
        replicas: -1,
        configs: [
          { name: 'retention.ms', value: String(retentionMs) },
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
        const { topics } = await admin.metadata({ topics: names.map(real), forceUpdate: true })
        return names.map((name) => [name, topics.get(real(name))!.partitionsCount])
      } catch (error) {
        if (tries === KNOWN_TRIES) throw error
        await delay(KNOWN_PAUSE_MS)
      }
    }
  }

  return {
    async existing(names) {
      if (names.every((name) => counts.has(name))) return [...names]
      const there = await list()
      const found = names.filter((name) => there.has(real(name)))
      const fresh = found.filter((name) => !counts.has(name))
      if (fresh.length > 0) for (const [name, count] of await known(fresh)) counts.set(name, count)
      return found
    },
    async ensure(names) {
      const unknown = [...new Set(names)].filter((name) => !counts.has(name))
      if (unknown.length > 0) {
        const there = await list()
        const missing = unknown.filter((name) => !there.has(real(name)))
        if (missing.length > 0) await create(missing)
        for (const [name, count] of await known(unknown)) counts.set(name, count)
      }
      return new Map([...new Set(names)].map((name) => [name, counts.get(name)!]))
    },
  }
}
