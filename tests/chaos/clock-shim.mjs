// Loaded before a process of the shop (`--import`): its clock is wrong by what stands in a file, another amount for each process.
// Timers go on as they are, as on a machine whose date was set.
import { readFileSync } from 'node:fs'

const file = process.env.CHAOS_CLOCK
const share = process.argv[2] === 'background' ? -1 : 1
const RealDate = Date
let skew = 0
let readAt = Number.NEGATIVE_INFINITY

function wrongBy() {
  const now = performance.now()
  if (now - readAt > 50) {
    readAt = now
    try {
      skew = share * Number(readFileSync(file, 'utf8'))
    } catch {
      skew = 0
    }
  }
  return skew
}

globalThis.Date = class WrongDate extends RealDate {
  constructor(...parts) {
    super(...(parts.length === 0 ? [RealDate.now() + wrongBy()] : parts))
  }
  static now() {
    return RealDate.now() + wrongBy()
  }
}
