import { useQuery } from '@tanstack/react-query'
import { saveFile } from '../files/save-file.ts'
import { Action } from '../parts/action.tsx'
import { money, Panel, State, when } from '../parts/show.tsx'
import { Trouble } from '../parts/trouble.tsx'
import { api } from '../session.ts'
import { REFRESH_MS } from './refresh.ts'

/** A credit note is made when the money has gone back. */
const CREDITED = new Set(['refunded', 'replaced'])

/** What of an order came back, or is about to; nothing where nobody asked. */
export function OrderReturns({ orderId }: { orderId: string }) {
  const { data, error, refetch } = useQuery({
    queryKey: ['order', orderId, 'returns'],
    queryFn: () => api.call('GET /api/orders/{id}/returns', { path: { id: orderId } }),
    refetchInterval: REFRESH_MS,
  })
  if (error) return <Trouble error={error} again={() => void refetch()} />
  if (!data || data.items.length === 0) return null
  return (
    <Panel title="Returns">
      {data.items.map(({ id, kind, status, lines, refund, requestedAt }) => (
        <div key={id} className="stack">
          <p className="spread">
            <State of={status} /> {kind} <span className="soft small">{when(requestedAt)}</span>
          </p>
          <p className="soft small">
            {lines.map(({ quantity, title, reason }) => `${quantity} × ${title} (${reason})`).join(', ')}
            {refund ? ` · ${money(refund)} back` : ''}
          </p>
          {refund && refund.amount > 0 && CREDITED.has(status) ? (
            <div className="row">
              <Action
                name="Credit note"
                permission="orders:read-any"
                run={() => saveFile(() => api.call('GET /api/returns/{id}/credit-note', { path: { id } }))}
              />
            </div>
          ) : null}
        </div>
      ))}
    </Panel>
  )
}
