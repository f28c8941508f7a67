import { productsRpc } from '#contracts/rpc/products.ts'
import { type CommandContext, defineCommand, usageError } from '../command.ts'
import { searchRpc } from '#contracts/rpc/search.ts'
import { generateCatalogue, makeSearchable } from '../generate/generate.ts'
import type { Host } from '#kit/service/host.ts'
import { openMarks } from '../platform/marks.ts'
import { seedServices } from '../platform/seed.ts'
import { withPlatform } from '../with-platform.ts'

const MOST_PRODUCTS = 10_000_000
const SELLERS = 500
/** Nobody waits for a single statement, and there are large ones. */
const PATIENT = { statement: 120_000, lock: 60_000, poolWait: 120_000, idleInTransaction: 60_000 }

export const seed = defineCommand({
  name: 'seed',
  summary: 'Fills the shop with demo data; the first `start` does the same.',
  description:
    'Each service makes its demo data through its own commands, in the order of their ports. What is there stays as it is: safe to run again, and beside a running shop. A shop that has products of its own gets none.\n\nWith --products, a generated catalogue of that size comes in instead: five thousand categories, a thousand brands, five hundred sellers, names in English and German, few of everything often and most seldom. The same again changes nothing; after an interruption it goes on where it stopped. Lists and the search know them when it ends.',
  options: {
    products: { summary: 'so many generated products', value: 'N' },
    channel: { summary: 'the sales channel they are sold in', value: 'KEY', default: 'web' },
  },
  async run(context) {
    if (context.options.products !== undefined)
      return await generate(context, context.options.products, context.options.channel ?? 'web')
    const { terminal, signal } = context
    await withPlatform(
      context,
      async ({ host }, _installation, urls) => {
        const marks = openMarks(urls.platform)
        const total = host.services.filter(({ service }) => service.seed).length
        const progress = terminal.progress('services', total)
        let done = 0
        try {
          await seedServices(host, marks, {
            signal,
            onService: (service, milliseconds) => {
              done += 1
              progress.update(done, service)
              terminal.data({ service, milliseconds })
              terminal.text(`${service.padEnd(14)} ${(milliseconds / 1000).toFixed(1)} s`)
            },
          })
        } finally {
          progress.finish(done)
          await marks.close()
        }
      },
      { prepare: true, timeouts: { poolWait: 60_000 } },
    )
  },
})

async function generate(
  context: Pick<CommandContext, 'terminal' | 'signal' | 'environment' | 'root'>,
  wanted: string,
  channel: string,
): Promise<void> {
  const { terminal, signal } = context
  const count = Number(wanted)
  if (!Number.isInteger(count) || count < 1 || count > MOST_PRODUCTS)
    throw usageError(`--products ${wanted} is no number of products.`, `Give one from 1 to ${MOST_PRODUCTS}.`)
  await withPlatform(
    context,
    async ({ host }) => {
      const begun = performance.now()
      const progress = terminal.progress('products', count)
      let done = 0
      let result = { created: 0, known: 0 }
      try {
        result = await generateCatalogue({
          products: host.rpc.client(productsRpc, 'host'),
          channel,
          count,
          sellers: SELLERS,
          signal,
          onProgress(now) {
            done = now
            progress.update(now)
          },
        })
      } finally {
        progress.finish(done)
      }
      const { created, known } = result
      const seconds = () => (performance.now() - begun) / 1000
      const made = seconds()
      terminal.text(`${created} products made in ${made.toFixed(1)} s, ${known} were there. Now they are put into the search.`)
      const documents = await putIntoSearch(context, host, { channel, products: created + known })
      terminal.data({
        created,
        known,
        documents,
        madeSeconds: made,
        seconds: seconds(),
        perSecond: Math.round(created / seconds()),
      })
      terminal.text(`${documents} documents can be found, ${seconds().toFixed(1)} s after the begin.`)
    },
    { prepare: true, part: 'import', poolSize: 4, timeouts: PATIENT },
  )
}

/** One document for each language of the channel. */
async function putIntoSearch(
  { terminal, signal }: Pick<CommandContext, 'terminal' | 'signal'>,
  { rpc }: Host,
  { channel, products }: { channel: string; products: number },
): Promise<number> {
  const found = await rpc.client(productsRpc, 'host').channel({ key: channel })
  const progress = terminal.progress('documents', products * (found?.locales.length ?? 1))
  let made = 0
  try {
    return await makeSearchable(rpc.client(searchRpc, 'host'), signal, (now) => {
      made = now
      progress.update(now)
    })
  } finally {
    progress.finish(made)
  }
}
