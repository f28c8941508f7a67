import { closeReturn, completeReturn, noteOnReturn } from './commands/finish-return.ts'
import { placeReplacement, releaseCredit, replacementState } from './commands/exchange-order.ts'
import { recordReceipt } from './commands/receive-return.ts'
import type { OrdersDeps } from './deps.ts'

/** What the flows `return` and `exchange` ask of this service. */
export const returnCalls = (deps: OrdersDeps) => ({
  recordReceipt: (input: Parameters<typeof recordReceipt>[1]) => recordReceipt(deps, input),
  closeReturn: (input: Parameters<typeof closeReturn>[1]) => closeReturn(deps, input),
  noteOnReturn: async (input: Parameters<typeof noteOnReturn>[1]) => {
    await noteOnReturn(deps, input)
    return {}
  },
  completeReturn: async (input: Parameters<typeof completeReturn>[1]) => {
    await completeReturn(deps, input)
    return {}
  },
  placeReplacement: (input: Parameters<typeof placeReplacement>[1]) => placeReplacement(deps, input),
  replacementState: (input: Parameters<typeof replacementState>[1]) => replacementState(deps, input),
  releaseCredit: (input: Parameters<typeof releaseCredit>[1]) => releaseCredit(deps, input),
})
