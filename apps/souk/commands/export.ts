import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { rename, rm } from 'node:fs/promises'
import type { Writable } from 'node:stream'
import { ordersRpc } from '#contracts/rpc/orders.ts'
import { productsRpc } from '#contracts/rpc/products.ts'
import { usersRpc } from '#contracts/rpc/users.ts'
import { type Cell, csvLine } from '#kit/core/csv.ts'
import type { Host } from '#kit/service/host.ts'
import { defineCommand, usageError } from '../command.ts'
import { withPlatform } from '../with-platform.ts'

const PAGE = 1000

type Row = Readonly<Record<string, Cell>>
type ReadPage = (input: { after?: string; limit: number }) => Promise<{ rows: Row[]; next: string | null }>

const sources: Record<string, (host: Host) => ReadPage> = {
  products: ({ rpc }) => rpc.client(productsRpc, 'souk').exportVariants,
  customers: ({ rpc }) => rpc.client(usersRpc, 'souk').exportCustomers,
  orders: ({ rpc }) => rpc.client(ordersRpc, 'souk').exportOrders,
}

export const exportData = defineCommand({
  name: 'export',
  summary: 'Writes products, customers or orders as CSV or JSON lines.',
  usage: `<${Object.keys(sources).join(' | ')}>`,
  description:
    'Reads the whole list page by page, so its size does not matter; safe beside a running shop. Amounts are minor units (cents). Customers hold personal data: keep the file accordingly.',
  arguments: [1, 1],
  options: {
    out: { summary: 'file to write; it appears when it is whole', value: 'FILE', default: 'standard output' },
    format: { summary: 'csv or jsonl', value: 'FORMAT', default: 'jsonl with --json, else csv' },
  },
  async run(context) {
    const { terminal, options, signal, arguments: what } = context
    const source = sources[what[0] ?? '']
    if (!source) throw usageError(`${what[0]} cannot be exported.`, `There are: ${Object.keys(sources).join(', ')}.`)
    const format = options.format ?? (terminal.json && !options.out ? 'jsonl' : 'csv')
    if (format !== 'csv' && format !== 'jsonl') throw usageError(`There is no format ${format}.`, 'Write csv or jsonl.')
    await withPlatform(context, async ({ host }) => {
      const aside = options.out === undefined ? undefined : `${options.out}.part`
      const sink: Writable = aside === undefined ? process.stdout : createWriteStream(aside, { mode: 0o600 })
      if (aside !== undefined) await once(sink, 'open')
      const progress = aside === undefined ? undefined : terminal.progress(what[0] as string)
      let count = 0
      try {
        for await (const rows of pagesOf(source(host))) {
          signal.throwIfAborted()
          const text = rows.map((row, index) => lineOf(row, format, count + index === 0)).join('')
          if (!sink.write(text)) await once(sink, 'drain')
          count += rows.length
          progress?.update(count)
        }
        progress?.finish(count)
        if (aside === undefined) return
        sink.end()
        await once(sink, 'close')
        await rename(aside, options.out as string)
      } catch (error) {
        if (aside !== undefined) {
          sink.destroy()
          await rm(aside, { force: true })
        }
        throw error
      }
      terminal.text(`${count} ${what[0]} in ${options.out}`)
      terminal.data({ exported: what[0], count, file: options.out, format })
    })
  },
})

async function* pagesOf(read: ReadPage): AsyncIterable<Row[]> {
  for (let after: string | undefined; ; ) {
    const { rows, next } = await read({ limit: PAGE, ...(after === undefined ? {} : { after }) })
    if (rows.length > 0) yield rows
    if (next === null) return
    after = next
  }
}

/** CSV begins with the names of the columns. */
function lineOf(row: Row, format: 'csv' | 'jsonl', first: boolean): string {
  if (format === 'jsonl') return `${JSON.stringify(row)}\n`
  return `${first ? csvLine(Object.keys(row)) : ''}${csvLine(Object.values(row))}`
}
