import { useQuery } from '@tanstack/react-query'
import { api, may, staffNow } from '../session.ts'

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** Who did something, as far as the reader may know: their name, a part of their id, or what the shop calls itself. */
export function Who({ by }: { by: string | null }) {
  const own = by === staffNow()?.userId
  const person = by !== null && UUID.test(by)
  const { data } = useQuery({
    queryKey: ['who', by],
    queryFn: () => api.call('GET /api/users/{id}', { path: { id: by ?? '' } }),
    enabled: person && !own && may('users:read-any'),
    staleTime: Number.POSITIVE_INFINITY,
  })
  if (own) return 'you'
  if (by === null) return 'the shop'
  return <span title={by}>{data?.fullName ?? (person ? `account ${by.slice(0, 8)}` : by)}</span>
}
