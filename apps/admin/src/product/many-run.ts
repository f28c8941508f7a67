import type { Answer, Input } from '../../../../packages/client/src/client.ts'
import { patiently, type Waiting } from '../parts/patiently.ts'

export type Change = Input<'POST /api/products/many'>['body']['change']
export type Outcome = Answer<'POST /api/products/many'>['items'][number]

/** One request is one transaction: small enough that nobody waits for its locks. */
const AT_ONCE = 25

/** Products that are changed in one request. Its key is its own for good: sent again, it is not done again. */
export interface Portion {
  readonly ids: readonly string[]
  readonly key: string
}

/** The same change to many products, as far as it has come. */
export interface ManyRun {
  readonly change: Change
  readonly total: number
  /** what no answer came for yet */
  readonly left: readonly Portion[]
  readonly outcomes: readonly Outcome[]
  readonly state: 'running' | 'stopped' | 'finished'
  /** why it stopped */
  readonly error: unknown
  /** seconds that the shop asks to wait before the next portion */
  readonly waiting: number | undefined
}

export function beginRun(ids: readonly string[], change: Change, newKey = () => crypto.randomUUID() as string): ManyRun {
  const left = Array.from({ length: Math.ceil(ids.length / AT_ONCE) }, (_, n) => ({
    ids: ids.slice(n * AT_ONCE, (n + 1) * AT_ONCE),
    key: newKey(),
  }))
  return { change, total: ids.length, left, outcomes: [], state: 'running', error: undefined, waiting: undefined }
}

interface Sending {
  readonly send: (portion: Portion, change: Change) => Promise<readonly Outcome[]>
  /** called with every step of it */
  readonly show: (run: ManyRun) => void
  readonly pause?: Waiting['pause']
}

/** Sends what is left of a run, portion by portion. A failure stops it; called again with what it returned, it goes on there. */
export async function carryOn(from: ManyRun, { send, show, ...waiting }: Sending): Promise<ManyRun> {
  let run = from
  const step = (changes: Partial<ManyRun>): ManyRun => {
    run = { ...run, ...changes }
    show(run)
    return run
  }
  step({ state: 'running', error: undefined })
  try {
    for (let [next, ...rest] = run.left; next; [next, ...rest] = rest) {
      const portion = next
      const items = await patiently(async () => await send(portion, run.change), {
        ...waiting,
        onWait: (seconds) => step({ waiting: seconds }),
      })
      step({ left: rest, outcomes: [...run.outcomes, ...items] })
    }
    return step({ state: 'finished' })
  } catch (error) {
    return step({ state: 'stopped', error, waiting: undefined })
  }
}
