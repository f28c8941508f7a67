import { faded, type Parameters } from './parameters.ts'
import { SIGNALS, type SignalKind } from './parameters.ts'

/** Somebody bought, carted or opened something. `at`: days, with a fraction, since any fixed day. */
export interface Signal {
  readonly kind: SignalKind
  readonly product: string
  /** null: a guest, of whom only the order is known */
  readonly person: string | null
  readonly order: string | null
  readonly at: number
}

export interface Neighbour {
  readonly product: string
  /** 0 to 1: how much the two belong together */
  readonly score: number
}

/** Products by what was bought, carted and opened with them, the closest first. */
export type Neighbours = ReadonlyMap<string, readonly Neighbour[]>

export interface Popular {
  readonly product: string
  /** of the most popular product's sales, 0 to 1 */
  readonly share: number
}

/** What belongs together: all that a person was interested in, or one order. */
interface Together {
  readonly weight: number
  readonly products: Int32Array
  readonly strengths: Float64Array
}

interface Numbered {
  readonly names: readonly string[]
  readonly groups: readonly Together[]
}

/** Between two pauses: other work of the process waits no longer than this. */
const BUSY_MS = 25

/**
 * Item-item neighbours: the faded number of people and orders that have both products, over the geometric mean of how often each was seen
 * (cosine). People with long histories count less for each pair (inverse user frequency, after Breese, Heckerman and Kadie 1998).
 * Costs the sum of squares of the lengths of histories, and holds one row of the matrix at a time. Pauses, so that a process can go on serving.
 */
export async function trainNeighbours(
  signals: readonly Signal[],
  now: number,
  parameters: Parameters,
  pause: () => Promise<void> = async () => undefined,
): Promise<Map<string, readonly Neighbour[]>> {
  const { names, groups } = numbered(signals, now, parameters)
  const places = placesOf(groups, names.length)
  const seen = new Float64Array(names.length)
  for (const { weight, products, strengths } of groups)
    for (let at = 0; at < products.length; at += 1) seen[products[at]!]! += weight * strengths[at]!
  const norm = seen.map((value) => Math.sqrt(value + parameters.shrinkage))

  const both = new Float64Array(names.length)
  const model = new Map<string, readonly Neighbour[]>()
  let busySince = performance.now()
  for (let product = 0; product < names.length; product += 1) {
    const touched: number[] = []
    for (const [group, own] of places[product]!) {
      const { weight, products, strengths } = groups[group]!
      for (let at = 0; at < products.length; at += 1) {
        const other = products[at]!
        if (both[other] === 0) touched.push(other)
        both[other]! += weight * Math.min(own, strengths[at]!)
      }
    }
    const scored = touched
      .filter((other) => other !== product)
      .map((other) => ({ product: names[other]!, score: both[other]! / (norm[product]! * norm[other]!) }))
    for (const other of touched) both[other] = 0
    model.set(names[product]!, best(scored, parameters.neighbours))
    if (performance.now() - busySince > BUSY_MS) {
      await pause()
      busySince = performance.now()
    }
  }
  return model
}

/** What sells, faded; the best first. */
export function popularProducts(signals: readonly Signal[], now: number, halfLife: number, limit: number): Popular[] {
  const sold = new Map<string, number>()
  for (const { kind, product, at } of signals)
    if (kind === 'purchase') sold.set(product, (sold.get(product) ?? 0) + faded(now - at, halfLife))
  const scored = best(
    [...sold].map(([product, score]) => ({ product, score })),
    limit,
  )
  const most = scored[0]?.score ?? 1
  return scored.map(({ product, score }) => ({ product, share: score / most }))
}

/** The highest scores, equal ones in the order of their names: the same input gives the same model. */
export function best<T extends Neighbour>(scored: T[], limit: number): T[] {
  return scored.sort((a, b) => b.score - a.score || (a.product < b.product ? -1 : 1)).slice(0, limit)
}

function numbered(signals: readonly Signal[], now: number, parameters: Parameters): Numbered {
  const numbers = new Map<string, number>()
  const names: string[] = []
  const numberOf = (name: string): number => {
    let number = numbers.get(name)
    if (number === undefined) {
      number = names.length
      numbers.set(name, number)
      names.push(name)
    }
    return number
  }
  const people = new Map<string, Map<number, number>>()
  const orders = new Map<string, Map<number, number>>()
  for (const { kind, product, person, order, at } of signals) {
    const number = numberOf(product)
    const strength = SIGNALS[kind] * faded(now - at, parameters.togetherHalfLife)
    if (person !== null) strongest(people, person, number, strength)
    if (order !== null) strongest(orders, order, number, strength)
  }
  return {
    names,
    groups: [...groupsOf(people, 1, names, parameters), ...groupsOf(orders, parameters.orderWeight, names, parameters)],
  }
}

function strongest(all: Map<string, Map<number, number>>, key: string, product: number, strength: number): void {
  const one = all.get(key) ?? new Map<number, number>()
  all.set(key, one)
  one.set(product, Math.max(one.get(product) ?? 0, strength))
}

/** Of what was bought at the same moment the products that came last into the catalogue are kept: ids carry their time. */
function groupsOf(
  all: Map<string, Map<number, number>>,
  weight: number,
  names: readonly string[],
  { mostTogether }: Parameters,
): Together[] {
  const groups: Together[] = []
  for (const one of all.values()) {
    if (one.size < 2) continue
    const kept = [...one].sort((a, b) => b[1] - a[1] || (names[a[0]]! > names[b[0]]! ? -1 : 1)).slice(0, mostTogether)
    groups.push({
      weight: weight / Math.log2(2 + one.size),
      products: Int32Array.from(kept, ([product]) => product),
      strengths: Float64Array.from(kept, ([, strength]) => strength),
    })
  }
  return groups
}

/** For each product the groups it is in, with its strength there. */
function placesOf(groups: readonly Together[], products: number): [group: number, strength: number][][] {
  const places: [number, number][][] = Array.from({ length: products }, () => [])
  for (const [group, { products: members, strengths }] of groups.entries())
    for (let at = 0; at < members.length; at += 1) places[members[at]!]!.push([group, strengths[at]!])
  return places
}
