import { randomBytes } from 'node:crypto'
import { silentLogger } from '#kit/service/logger.ts'
import { testDatabase } from '#kit/testing/database.ts'
import { busConformance } from '../bus.contract.ts'
import { consumerConformance } from '../consumer.contract.ts'
import { createPostgresBus } from '../postgres-bus.ts'
import { busMigrations } from '../schema-sets.ts'
import { createSnsSqsBus } from './sns-sqs-bus.ts'

for (const fifo of ['yes', 'no']) {
  const name = fifo === 'yes' ? 'sns+sqs FIFO' : 'sns+sqs'

  busConformance(
    name,
    async () => {
      const prefix = `t${randomBytes(5).toString('hex')}`
      const database = await testDatabase({ schemas: [{ schema: 'bus', sets: [busMigrations] }] })
      return {
        open() {
          const archive = createPostgresBus({ url: database.urlOf('bus'), log: silentLogger, pollMs: 200 })
          const url = `sns+sqs:///${prefix}?fifo=${fifo}&wait=1&visibility=2`
          return createSnsSqsBus({ url, archive, log: silentLogger })
        },
        // it says nothing to the queue either way
        kill: async (bus) => await bus.close(),
        close: () => database.drop(),
      }
    },
    { patienceMs: 30_000 },
  )

  consumerConformance(
    name,
    async () => {
      const prefix = `t${randomBytes(5).toString('hex')}`
      const opened: ReturnType<typeof createSnsSqsBus>[] = []
      return {
        open({ busUrl }) {
          const archive = createPostgresBus({ url: busUrl, log: silentLogger, pollMs: 200 })
          const bus = createSnsSqsBus({ url: `sns+sqs:///${prefix}?fifo=${fifo}&wait=1`, archive, log: silentLogger })
          opened.push(bus)
          return bus
        },
        deadInEngine: async () => (await opened[0]!.queues!.depth('stock'))!.dead,
        close: async () => {},
      }
    },
    { patienceMs: 30_000, events: 200 },
  )
}
