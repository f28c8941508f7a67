import { silentLogger } from '#kit/service/logger.ts'
import { testDatabase } from '#kit/testing/database.ts'
import { busConformance } from './bus.contract.ts'
import { consumerConformance } from './consumer.contract.ts'
import { createPostgresBus } from './postgres-bus.ts'
import { busMigrations } from './schema-sets.ts'

busConformance('postgres', async () => {
  const database = await testDatabase({ schemas: [{ schema: 'bus', sets: [busMigrations] }] })
  let handles = 0
  const names = new Map<object, string>()
  return {
    open() {
      handles += 1
      const applicationName = `handle ${handles}`
      const bus = createPostgresBus({
        url: database.urlOf('bus'),
        log: silentLogger,
        applicationName,
        rebalanceMs: 50,
        pollMs: 200,
      })
      names.set(bus, applicationName)
      return bus
    },
    async kill(bus) {
      // closed first, so that it does not come back; killed, so that it cannot say good-bye
      const closing = bus.close()
      await database.admin`select pg_terminate_backend(pid) from pg_stat_activity where application_name like ${`${names.get(bus)!}%`}`
      await closing.catch(() => {})
    },
    close: () => database.drop(),
  }
})

consumerConformance('postgres', async () => ({
  open: ({ busUrl }) => createPostgresBus({ url: busUrl, log: silentLogger, rebalanceMs: 50, pollMs: 200 }),
  close: async () => {},
}))
