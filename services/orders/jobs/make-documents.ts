import type { Job } from '#kit/service/service.ts'
import { createSpareTime } from '#kit/service/spare-time.ts'
import type { OrdersDeps } from '../deps.ts'
import { assembleDocument, type InvoiceRow } from '../documents/assemble.ts'
import { drawDocument } from '../documents/draw.ts'

/** Documents taken at a time. Those that nobody asked for are drawn when the machine has time to spare, behind the mails, or one a second. */
const BATCH = 10
const spareTime = createSpareTime({ busyFrom: 0.6 })

/**
 * Numbers and draws what is waiting, what somebody asked for first. The number is committed before the drawing begins: a
 * document that cannot be drawn keeps it and is tried again, a little later each time.
 */
export function makeDocuments(deps: OrdersDeps): Job {
  const { db, log } = deps.kit
  return {
    name: 'orders.make-documents',
    everySeconds: 2,
    run: async (signal) => {
      for (let full = true; full && !signal.aborted; ) {
        const waiting = await db.sql<{ id: string; asked: boolean }[]>`
          select i.id, i.asked_at is not null as asked from invoices i
           where i.object_key is null and i.retry_at <= now() order by i.asked_at, i.created_at limit ${BATCH}`
        for (const { id, asked } of waiting) {
          if (!asked) await spareTime(signal)
          if (signal.aborted) return
          await makeDocument(deps, id).catch(async (error: unknown) => {
            log.warn({ error, document: id }, 'an invoice or credit note could not be made and will be tried again')
            await db.sql`
              update invoices i set attempts = i.attempts + 1, problem = ${error instanceof Error ? error.message : String(error)},
                retry_at = now() + make_interval(secs => least(3600, 5 * power(2, least(i.attempts, 10))))
              where i.id = ${id}`
          })
        }
        // somebody may have asked for one meanwhile: that one is next
        full = waiting.length === BATCH
      }
    },
  }
}

/** Makes one document; again, it makes the same one. */
export async function makeDocument(deps: OrdersDeps, id: string): Promise<void> {
  const { db, objects } = deps.kit
  await db.sql`select number_invoice(${id})`
  const [row] = await db.sql<
    InvoiceRow[]
  >`select i.id, i.kind, i.order_id, i.channel, i.number, i.issued_at from invoices i where i.id = ${id}`
  if (!row) return
  const key = `invoices/${row.channel}/${row.issued_at.getUTCFullYear()}/${row.number}.pdf`
  await objects.put(key, await drawDocument(await assembleDocument(deps, row)), 'application/pdf')
  await db.sql`update invoices i set object_key = ${key}, problem = null where i.id = ${id}`
}
