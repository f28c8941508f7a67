import Type from 'typebox'
import { RevenueQuestion, RevenueRow } from '#contracts/rpc/order-imports.ts'
import { can, get, type Route } from '#kit/http/route.ts'
import { closed } from '#kit/messaging/event.ts'
import type { OrdersDeps } from '../deps.ts'
import { revenueReport } from '../queries/revenue.ts'

/** What the books say. */
export function reportRoutes(deps: OrdersDeps): Route[] {
  return [
    get(
      '/api/orders/reports/revenue',
      {
        access: can('orders:read-reports'),
        summary: 'Revenue, returns, fees and refused import lines by month, day or channel; exact decimals as text',
        query: RevenueQuestion,
        response: closed({ rows: Type.Array(RevenueRow), lines: Type.Record(Type.String(), Type.Integer()) }),
      },
      async ({ query }) => await revenueReport(deps.kit.db.read, query),
    ),
  ]
}
