import { ordersRpc } from '#contracts/rpc/orders.ts'
import { productsRpc } from '#contracts/rpc/products.ts'
import { usersRpc } from '#contracts/rpc/users.ts'
import { defineCommand, usageError } from '../command.ts'
import { finishImport, type Imported, importFile, type Services } from '../import/online-retail/import-file.ts'
import { settleCatalogue, settleCredits, settleEvents, settleOrders } from '../import/online-retail/settle.ts'
import { printSummary, summaryOf } from '../import/online-retail/summary.ts'
import { survey } from '../import/online-retail/survey.ts'
import { runningInstance } from '../instance-lock.ts'
import { startBackgroundPart } from '../platform/background-part.ts'
import { withPlatform } from '../with-platform.ts'

/** Nobody waits for a single statement of an import, and its groups are large. */
const PATIENT = { statement: 120_000, lock: 60_000, poolWait: 120_000, idleInTransaction: 60_000 }

export const importHistory = defineCommand({
  name: 'import',
  summary: 'Brings the history of another shop into this one.',
  description: `online-retail   invoices of an online gift shop as CSV (gzip or plain):
                    InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country

    The same file again changes nothing; after an interruption run it again, it goes on where it stopped.
    docs/import-online-retail.md says what becomes of each line.`,
  usage: 'online-retail <file>',
  arguments: [2, 2],
  options: { 'dry-run': { summary: 'read and judge every line, import nothing' } },
  async run(context) {
    const {
      terminal,
      signal,
      options,
      arguments: [format = '', path = ''],
    } = context
    if (format !== 'online-retail') throw usageError(`There is no format ${format}.`, 'There is: online-retail.')
    const begun = performance.now()
    const now = Date.now()
    const reading = terminal.progress('Reading')
    const surveyed = await survey(path, now, (lines) => {
      signal.throwIfAborted()
      reading.update(lines)
    })
    reading.finish(surveyed.lines)
    if (options['dry-run']) {
      const summary = summaryOf(path, surveyed, undefined, undefined)
      terminal.data(summary)
      return printSummary(terminal, summary)
    }
    await withPlatform(
      context,
      async (platform, installation, urls) => {
        const services = servicesOf((contract) => platform.host.rpc.client(contract, 'host'))
        const beside = (await runningInstance(installation.settings.dir)) !== undefined
        // Where no shop runs, nobody else would carry the events: then this process does, until all are delivered.
        const background = beside ? undefined : await startBackgroundPart({ ...installation, urls })
        let imported: Imported
        try {
          const progress = terminal.progress('Importing', surveyed.lines)
          imported = await importFile({
            path,
            survey: surveyed,
            services,
            now,
            signal,
            onProgress: (lines) => progress.update(lines),
          })
          progress.finish(surveyed.lines)
          await settleOrders(platform, services, terminal, signal)
          await settleCredits(services, terminal, signal)
          await settleCatalogue(platform, signal)
          await settleEvents(platform, terminal, signal)
        } finally {
          await background?.stop()
        }
        await finishImport(services, surveyed)
        const { user, system } = process.cpuUsage()
        const summary = summaryOf(path, surveyed, imported, {
          seconds: (performance.now() - begun) / 1000,
          cpuSeconds: (user + system) / 1e6,
        })
        terminal.data(summary)
        printSummary(terminal, summary)
      },
      { prepare: true, part: 'import', poolSize: 4, timeouts: PATIENT },
    )
  },
})

function servicesOf(
  client: <C extends typeof usersRpc | typeof productsRpc | typeof ordersRpc>(contract: C) => unknown,
): Services {
  return { users: client(usersRpc), products: client(productsRpc), orders: client(ordersRpc) } as Services
}
