import type { Static } from 'typebox'
import type { ordersRpc } from '#contracts/rpc/orders.ts'
import type { OrdersDeps } from '../deps.ts'

type Begin = typeof ordersRpc.methods.beginImport
type Progress = typeof ordersRpc.methods.noteImportProgress

/** Notes that a file is being read, makes partitions for its months before anything needs them, and tells what is here already. */
export async function beginImport({ kit }: OrdersDeps, input: Static<Begin['input']>): Promise<Static<Begin['output']>> {
  const { source, contentHash, file, lines, months } = input
  for (const month of months) await kit.db.sql`select ensure_order_month(${`${month}-01T00:00:00Z`}::timestamptz)`
  const [run] = await kit.db.sql<{ finished: boolean }[]>`
    insert into import_runs as r (source, content_hash, file, lines) values (${source}, ${contentHash}, ${file}, ${lines})
    on conflict (source, content_hash) do update set moved_at = r.moved_at
    returning r.finished_at is not null as finished`
  const known = await kit.db.sql<{ reference: string; fingerprint: string }[]>`
    select i.reference, i.fingerprint from imported_invoices i where i.source = ${source}`
  return { finished: run?.finished ?? false, invoices: known.map(({ reference, fingerprint }) => [reference, fingerprint]) }
}

export async function noteImportProgress(
  { kit }: OrdersDeps,
  { source, contentHash, position, finished }: Static<Progress['input']>,
): Promise<Record<string, never>> {
  await kit.db.sql`
    update import_runs set position = greatest(position, ${position}), moved_at = now(), finished_at = case when ${finished} then coalesce(finished_at, now()) end
    where source = ${source} and content_hash = ${contentHash}`
  return {}
}
