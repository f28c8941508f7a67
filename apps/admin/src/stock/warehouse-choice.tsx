import { Select } from '../parts/select.tsx'
import { useWarehouses } from './use-warehouses.ts'

/** Which of the open warehouses; while none is known, the form says where the goods will go. */
export function WarehouseChoice({ label }: { label: string }) {
  const open = useWarehouses().data?.filter(({ active }) => active)
  if (!open?.length) return <p className="soft">{label}: the one that is asked first.</p>
  return <Select label={label} name="warehouse" options={open.map(({ key }) => key)} />
}
