import { useQuery } from '@tanstack/react-query'
import { api } from '../session.ts'

/** Who may change what the stock is; to look, `inventory:read` is enough. */
export const CHANGE = 'inventory:write'

/** All warehouses, the one that is asked first first; closed ones among them. */
export function useWarehouses() {
  return useQuery({
    queryKey: ['warehouses'],
    queryFn: async () => (await api.call('GET /api/inventory/warehouses')).items,
    staleTime: 60_000,
  })
}

/** The one that was chosen in a form; where none could be, the shop takes the first. */
export function warehouseIn(form: FormData): { readonly warehouse?: string } {
  const warehouse = form.get('warehouse')
  return warehouse ? { warehouse: String(warehouse) } : {}
}
