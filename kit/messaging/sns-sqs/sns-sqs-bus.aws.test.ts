import { randomBytes } from 'node:crypto'
import { silentLogger } from '#kit/service/logger.ts'
import { consumerConformance } from '../consumer.contract.ts'
import { createPostgresBus } from '../postgres-bus.ts'
import { createSnsSqsBus } from './sns-sqs-bus.ts'

for (const fifo of ['yes', 'no']) {
  consumerConformance(
    fifo === 'yes' ? 'sns+sqs FIFO' : 'sns+sqs',
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
