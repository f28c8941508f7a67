import { applyEdit, noteOnEdit, parcelOfEdit, refuseEdit } from './commands/apply-edit.ts'
import type { OrdersDeps } from './deps.ts'

/** What the flow `edit-order` asks of this service. */
export const editCalls = (deps: OrdersDeps) => ({
  parcelOfEdit: (input: Parameters<typeof parcelOfEdit>[1]) => parcelOfEdit(deps, input),
  applyEdit: (input: Parameters<typeof applyEdit>[1]) => applyEdit(deps, input),
  refuseEdit: async (input: Parameters<typeof refuseEdit>[1]) => {
    await refuseEdit(deps, input)
    return {}
  },
  noteOnEdit: async (input: Parameters<typeof noteOnEdit>[1]) => {
    await noteOnEdit(deps, input)
    return {}
  },
})
