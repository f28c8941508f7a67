import { useQuery } from '@tanstack/react-query'
import { Action } from '../parts/action.tsx'
import { money, when } from '../parts/show.tsx'
import { Trouble } from '../parts/trouble.tsx'
import { api } from '../session.ts'
import { REFRESH_MS } from './refresh.ts'

/** Changes of an order that are under way, and those that a person has to look at. Those that are done stand in its course. */
export function OpenChanges({ orderId }: { orderId: string }) {
  const { data, error, refetch } = useQuery({
    queryKey: ['order', orderId, 'edits'],
    queryFn: () => api.call('GET /api/orders/{id}/edits', { path: { id: orderId } }),
    refetchInterval: REFRESH_MS,
  })
  if (error) return <Trouble error={error} again={() => void refetch()} />
  return data?.items
    .filter(({ status, problem }) => status === 'open' || problem !== null)
    .map(({ id, status, note, difference, problem, createdAt }) => (
      <div key={id} className={`note stack${problem ? ' bad' : ''}`}>
        <p>
          Change of {when(createdAt)}: {note}
          {difference.amount > 0 ? `, ${money(difference)} more` : ''}.{' '}
          {problem ? `Look at it: ${problem}.` : 'It waits for its payment, and the order for it.'}
        </p>
        {status === 'open' ? (
          <div className="row">
            <Action
              name="Withdraw the change"
              permission="orders:write"
              confirm="What it held goes back on sale, money that came for it goes back, and the order stays as it was."
              run={() => api.call('DELETE /api/orders/{id}/edits/{editId}', { path: { id: orderId, editId: id } })}
            />
          </div>
        ) : null}
      </div>
    ))
}
