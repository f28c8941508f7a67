import { type Broker, createBroker } from '#kit/messaging/kafka/testing/broker.ts'
import { eventually } from '#kit/testing/eventually.ts'
import { statusOfStack } from '../../apps/souk/stack/control.ts'
import { type ChaosShop, openChaosShop } from './chaos-shop.ts'
import { type ExternalRedis, NO_REDIS, openExternalRedis } from './external-redis.ts'
import { eventsOnKafka } from './kafka-log.ts'
import { signal } from '#kit/testing/processes.ts'

const NO_KAFKA = 'Kafka was left out, events go through PostgreSQL: KAFKA_LIBS names no folder with its jars'

/** A process of the split shop, as its stack sees it. */
interface Part {
  readonly name: string
  readonly pid: number
  readonly url: string
}

/** A shop with a process per service, on engines of its own: they can be treated badly without asking anybody. */
export interface SplitShop extends ChaosShop {
  readonly kafka?: Broker | undefined
  readonly redis?: ExternalRedis | undefined
  /** names of all processes */
  readonly names: readonly string[]
  part(name: string): Promise<Part>
  /** SIGKILL; answers with what ends when another process has taken its place and takes requests. */
  killPart(name: string): Promise<{ back(): Promise<void> }>
}

const BACK_MS = 120_000

/**
 * `souk stack`, every service in a process of its own, all schemas in one database, so that every rule can be asked for in one snapshot. Kafka and
 * Redis are there where their programs are; the notes say what is missing.
 */
export async function openSplitShop(note: (text: string) => void, environment: Record<string, string> = {}): Promise<SplitShop> {
  const closing: (() => Promise<void>)[] = []
  const closeAll = async () => {
    for (const close of closing.splice(0).reverse()) await close()
  }
  try {
    const kafka = process.env['KAFKA_LIBS'] ? await createBroker() : undefined
    if (kafka) {
      closing.push(kafka.close)
      const abandon = () => void kafka.kill()
      process.once('exit', abandon)
      closing.push(async () => void process.off('exit', abandon))
      await kafka.start()
    } else note(NO_KAFKA)
    const redis = await openExternalRedis()
    if (redis) closing.push(redis.close)
    else note(NO_REDIS)
    const busUrl = kafka && `kafka://${kafka.address}/chaos`
    const events = busUrl ? eventsOnKafka(busUrl) : undefined
    if (events) closing.push(events.close)
    const shop = await openChaosShop({
      layout: { command: ['stack', '--topology', 'apart'], environment: {} },
      environment: {
        ...(busUrl ? { BUS_URL: busUrl } : {}),
        ...(redis ? { CACHE_URL: `redis://127.0.0.1:${redis.port}` } : {}),
        ...environment,
      },
      ...(events ? { events } : {}),
    })
    closing.push(shop.close)
    const status = async () => (await statusOfStack(shop.shop.folder))?.processes ?? []
    const part = async (name: string): Promise<Part> => {
      const found = (await status()).find((process) => process.name === name)
      if (!found?.pid || !found.url || found.state !== 'up') throw new Error(`${name} is ${found?.state ?? 'not there'}`)
      return { name, pid: found.pid, url: found.url }
    }
    const names = (await status()).map(({ name }) => name)
    note(`a shop in ${names.length} processes, on PostgreSQL${kafka ? ', Kafka' : ''}${redis ? ', Redis' : ''}`)
    return {
      ...shop,
      kafka,
      redis,
      names,
      part,
      async killPart(name) {
        const before = await part(name)
        signal(before.pid, 'SIGKILL')
        const back = async () => {
          const now = await part(name)
          if (now.pid === before.pid) throw new Error(`${name} is still the old one`)
          const answer = await fetch(`${now.url}/actuator/health/readiness`, { signal: AbortSignal.timeout(2000) })
          if (!answer.ok) throw new Error(`${name} is not ready: ${answer.status}`)
        }
        return { back: () => eventually(back, { timeoutMs: BACK_MS, everyMs: 100 }) }
      },
      close: closeAll,
    }
  } catch (error) {
    await closeAll()
    throw error
  }
}
