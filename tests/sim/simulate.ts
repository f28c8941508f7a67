import { checkEvents, checkOutcome, checkSafety, unfinished, type Violation } from './checks.ts'
import { Cluster } from './cluster.ts'
import { answerFrom } from './interpose.ts'
import { BEGINNING } from './kernel.ts'
import type { Mutant } from './mutants.ts'
import { Shoppers } from './shoppers.ts'
import { World } from './world.ts'

export interface Outcome {
  readonly seed: number
  readonly violation: string | undefined
  readonly rule: string | undefined
  readonly steps: number
  /** virtual seconds until everything had come to rest */
  readonly seconds: number
  /** of the whole history: the same seed, the same digest */
  readonly digest: string
  readonly trace: readonly string[]
}

/** Virtual time after the last fault by which everything must have come to rest. */
const PATIENCE_MS = 3_600_000
const MOST_STEPS = 150_000

/** One seed, from the empty shop to rest. `interpose()` must have been called. */
export async function simulate(seed: number, options: { mutant?: Mutant | undefined; trace?: boolean } = {}): Promise<Outcome> {
  const world = new World(seed, options)
  const { kernel, faults, stock } = world
  const { random } = kernel
  answerFrom(kernel)

  const stocked = new Map<string, number>()
  for (let n = 1; n <= random.between(1, 3); n += 1) stocked.set(`sku-${n}`, random.between(2, 12))
  for (const [sku, units] of stocked) stock.arrive(sku, units)

  const noting = (check: () => void) => {
    try {
      check()
    } catch (error) {
      world.broken ??= error as Violation
    }
  }
  world.database.onCommit = () => noting(() => checkSafety(world))
  world.parcelPlanned = (orderId) => {
    world.outside += 1
    const leave = async () => {
      await kernel.sleep(random.between(1000, 60_000))
      while (
        !(await world.warehouse.dispatch(orderId).then(
          () => true,
          () => false,
        ))
      )
        await kernel.sleep(1000)
      world.outside -= 1
    }
    void kernel.outside.enter(leave)
  }
  const cluster = new Cluster(world)
  const shoppers = new Shoppers(world, cluster)
  shoppers.come(random.between(3, 10), random.between(100, 20_000), [...stocked.keys()])

  const faultsEnd = BEGINNING + random.between(20_000, 60_000)
  kernel.at(faultsEnd, () => {
    faults.on = false
    world.note('no more faults')
  })
  let rest = false
  const look = () => {
    rest = !faults.on && shoppers.busy === 0 && unfinished(world) === undefined
    kernel.at(kernel.now + 1000, look)
  }
  look()
  const ended = await kernel.run(
    () => rest || world.broken !== undefined || shoppers.violation !== undefined,
    faultsEnd + PATIENCE_MS,
    MOST_STEPS,
  )
  world.broken ??= shoppers.violation
  if (!world.broken && !ended) {
    const what = unfinished(world) ?? `${shoppers.busy} shoppers got no answer`
    world.broke('everything comes to rest', `after ${Math.round((kernel.now - BEGINNING) / 1000)} s ${what}`)
  }
  if (!world.broken) noting(() => checkOutcome(world, stocked))
  if (!world.broken) noting(() => checkEvents(world))
  const { broken } = world
  if (broken) world.note(`VIOLATION ${broken.message}`)
  return {
    seed,
    violation: broken?.message,
    rule: broken?.rule,
    steps: kernel.steps,
    seconds: Math.round((kernel.now - BEGINNING) / 1000),
    digest: world.digest,
    trace: world.trace,
  }
}
