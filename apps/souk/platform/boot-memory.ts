import { performance } from 'node:perf_hooks'
import { setTimeout as delay } from 'node:timers/promises'
import v8 from 'node:v8'
import vm from 'node:vm'

const LOOK_MS = 1_000
/** Share of time the process may be busy and still count as quiet. */
const QUIET = 0.1
/** Both halves of the space for young objects. V8 would go to 32 MB; more than this saves no CPU under the load of a checkout, only takes memory. */
const YOUNG_BYTES = 8 * 2 ** 20
/**
 * How far the heap may grow beyond what was alive at the last collection before the next one. V8 by itself lets 42 MB grow to 166 under the load of a
 * checkout; four tenths keep a third of the memory of both processes free, for 6 to 8 % of the CPU time of an order.
 */
const HEAP_GROWTH_PERCENT = 40
/** Under load it doubles a few times a second at most. */
const GROWTH_LOOK_MS = 100

/**
 * Loading a thousand modules makes V8 widen the space for young objects to 32 MB and keep it; an idle shop never needs it again. While the
 * shop starts, that space does not grow (what survives moves to the old space, where modules belong anyway); afterwards it grows with the load
 * as usual, up to a bound, and the old space by HEAP_GROWTH_PERCENT. Call it before the modules are loaded, and what it returns once they are: it also gives back what the start left behind, in the
 * first quiet second, because that takes a tenth of a second in which nothing else is done.
 */
export function keepHeapSmall(): () => void {
  v8.setFlagsFromString('--semi-space-growth-factor=1')
  return () => {
    v8.setFlagsFromString('--semi-space-growth-factor=2')
    v8.setFlagsFromString(`--heap-growing-percent=${HEAP_GROWTH_PERCENT}`)
    void boundYoungGeneration()
    void giveBackWhenQuiet()
  }
}

/** The largest size is a flag that V8 reads only when the process starts; how much it grows by is read whenever it does. */
async function boundYoungGeneration(): Promise<void> {
  const young = () => v8.getHeapSpaceStatistics().find((space) => space.space_name === 'new_space')
  while ((young()?.space_size ?? YOUNG_BYTES) < YOUNG_BYTES) await delay(GROWTH_LOOK_MS, undefined, { ref: false })
  v8.setFlagsFromString('--semi-space-growth-factor=1')
}

async function giveBackWhenQuiet(): Promise<void> {
  for (let last = performance.eventLoopUtilization(); ; last = performance.eventLoopUtilization()) {
    await delay(LOOK_MS, undefined, { ref: false })
    if (performance.eventLoopUtilization(last).utilization < QUIET) break
  }
  v8.setFlagsFromString('--expose-gc')
  const collect = vm.runInNewContext('gc') as (options: object) => void
  v8.setFlagsFromString('--no-expose-gc')
  collect({ type: 'major', execution: 'sync', flavor: 'last-resort' })
}
