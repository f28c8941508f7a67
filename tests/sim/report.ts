import { commitOf } from '../../bench/docs-page.ts'
import { writeRows } from '../chaos/report.ts'
import { upper95 } from '../chaos/scenario.ts'

/** Which rule of the page about reliability each check of the simulation speaks for; `checks.ts` and `consumers.ts` name them. */
const rules: Readonly<Record<string, readonly string[]>> = {
  I1: ['stock is never negative', 'what was sold has left the shelf'],
  I2: ['the holds add up'],
  I7: ['no event is lost', 'nothing is published that was not committed', 'once into the log'],
  I8: ['one effect per event'],
  I9: ['order per key'],
  I12: ['one capture per order', 'a good order is paid'],
  I13: ['no refund beyond what was taken'],
  I20: ['only legal moves of an order', 'an order whose parcel left is shipped'],
}
/** Everything else that can be broken is about the end of flows. */
const ENDS = 'I19'

export interface Broken {
  readonly seed: number
  readonly violation: string | undefined
}

/** A row for each rule: histories, and those in which it was broken. */
export function keepSimulation(from: number, seeds: number, steps: number, broken: readonly Broken[]): void {
  const ruleOf = ({ violation = '' }: Broken) =>
    Object.entries(rules).find(([, names]) => names.some((name) => violation.startsWith(name)))?.[0] ?? ENDS
  writeRows(
    'sim',
    [...Object.keys(rules), ENDS].map((id) => {
      const mine = broken.filter((one) => ruleOf(one) === id)
      return {
        name: 'sim',
        id,
        fault: 'F1 F4 F5 F9 F11 F13',
        trials: seeds,
        violations: mine.length,
        upper95: upper95(mine.length, seeds),
        seed: from,
        commit: commitOf(),
        note: `${id === ENDS ? 'histories in which everything ends' : (rules[id] ?? []).join('; ')}${id === ENDS ? `; ${steps.toLocaleString('en')} steps` : ''}`,
        ...(mine.length > 0 ? { examples: mine.slice(0, 5).map(({ seed, violation }) => `seed ${seed}: ${violation}`) } : {}),
      }
    }),
  )
}
