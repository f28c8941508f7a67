import { importInvoices, importRefusals } from './commands/import-invoices.ts'
import { beginImport, noteImportProgress } from './commands/import-runs.ts'
import { createCompleteImported } from './commands/complete-imported.ts'
import { settleImportedCredits } from './commands/settle-imported-credits.ts'
import type { importMethods } from '#contracts/rpc/order-imports.ts'
import type { RpcClient, RpcContract } from '#kit/rpc/rpc.ts'
import type { OrdersDeps } from './deps.ts'
import { openImports } from './queries/open-imports.ts'
import { revenueReport } from './queries/revenue.ts'

/** What imports and reports ask of this service; part of ordersRpc. */
export function importCalls(deps: OrdersDeps): RpcClient<RpcContract<typeof importMethods>> {
  return {
    beginImport: (input) => beginImport(deps, input),
    noteImportProgress: (input) => noteImportProgress(deps, input),
    importInvoices: (input) => importInvoices(deps, input),
    importRefusals: (input) => importRefusals(deps, input),
    completeImported: createCompleteImported(deps),
    settleImportedCredits: (input) => settleImportedCredits(deps, input),
    openImports: ({ source }) => openImports(deps.kit.db.sql, source),
    revenue: (input) => revenueReport(deps.kit.db.sql, input),
  }
}
