import { randomBytes } from 'node:crypto'
import { silentLogger } from '#kit/service/logger.ts'
import { busConformance } from '../bus.contract.ts'
import { consumerConformance } from '../consumer.contract.ts'
import { createKafkaBus } from './kafka-bus.ts'

const url = process.env.KAFKA_URL as string

busConformance(
  'kafka',
  async () => {
    // an empty log each time: topics and groups of their own on the broker
    const prefix = `test-${randomBytes(5).toString('hex')}`
    let handles = 0
    return {
      open() {
        handles += 1
        return createKafkaBus({ url: `${url}/${prefix}`, log: silentLogger, clientId: `${prefix}-${handles}`, pollMs: 200 })
      },
      kill: async (bus) => await bus.close(),
      close: async () => {},
    }
  },
  { patienceMs: 30_000 },
)

consumerConformance(
  'kafka',
  async () => {
    const prefix = `test-${randomBytes(5).toString('hex')}`
    let handles = 0
    return {
      open() {
        handles += 1
        return createKafkaBus({ url: `${url}/${prefix}`, log: silentLogger, clientId: `${prefix}-${handles}`, pollMs: 200 })
      },
      close: async () => {},
    }
  },
  { patienceMs: 30_000 },
)
