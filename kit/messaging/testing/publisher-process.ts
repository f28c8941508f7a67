/** A background process that only publishes; argument: {busUrl, url?, schemas, strategy, slot?}. Killed by the tests. */
import { silentLogger } from '#kit/service/logger.ts'
import { startCdc } from '../cdc.ts'
import { openBus } from '../open-bus.ts'
import { startRelay } from '../relay.ts'

const { busUrl, url = busUrl, schemas, strategy, slot, publication } = JSON.parse(process.argv[2]!)
const bus = await openBus({ url: busUrl, log: silentLogger, name: 'test publisher' })
if (strategy === 'cdc') await startCdc({ url, schemas, bus, log: silentLogger, slot, publication, electionMs: 50, janitorMs: 50 })
else await startRelay({ url, schemas, bus, log: silentLogger, electionMs: 50, batchSize: 50 })
process.send!('ready')
