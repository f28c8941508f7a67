import { useQuery } from '@tanstack/react-query'
import { Link } from 'react-router'
import { SoukError } from '../../../../packages/client/src/errors.ts'
import { api, may } from '../session.ts'

const STALE_MS = 60_000

/** A product by its id: its title, and the way to its screen for who may see that. */
export function ProductName({ id }: { id: string }) {
  const { data, error } = useQuery({
    queryKey: ['product name', id],
    queryFn: () => api.call('GET /api/products/{id}', { path: { id }, query: { fields: ['id', 'title'] } }),
    staleTime: STALE_MS,
  })
  // what only staff of the catalogue may read is not on sale
  const gone = error instanceof SoukError && error.status === 404
  const title = data?.title ?? (gone ? 'not on sale' : error ? 'could not be read' : '…')
  return may('products:write') ? <Link to={`/products/${id}`}>{title}</Link> : <span title={id}>{title}</span>
}
