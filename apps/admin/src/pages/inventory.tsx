import { useParams } from 'react-router'
import { useFilter } from '../parts/filter.tsx'
import { Tabs } from '../parts/tabs.tsx'
import { PurchaseOrders } from '../stock/purchase-orders.tsx'
import { Shelf } from '../stock/shelf.tsx'
import { StockList } from '../stock/stock-list.tsx'
import { Warehouses } from '../stock/warehouses.tsx'

const PARTS = [
  { value: 'stock', label: 'Stock' },
  { value: 'purchase-orders', label: 'Purchase orders' },
  { value: 'warehouses', label: 'Warehouses' },
] as const
const VIEWS = { stock: StockList, 'purchase-orders': PurchaseOrders, warehouses: Warehouses }

/** What lies where, what is on its way there, and the places themselves. */
export function Inventory() {
  const { sku } = useParams()
  const { values } = useFilter(['part'])
  if (sku) return <Shelf sku={sku} />
  const now = PARTS.find(({ value }) => value === values.part)?.value ?? 'stock'
  const View = VIEWS[now]
  return (
    <div className="stack">
      <h1>Stock</h1>
      <Tabs label="Parts of the stock" parts={PARTS} now={now} />
      <View />
    </div>
  )
}
