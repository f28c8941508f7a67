export interface Node {
  readonly name: string
  readonly here: boolean
  /** topics */
  readonly publishes: readonly string[]
  readonly reads: readonly string[]
}

/** What one service tells another by a topic. */
export interface Edge {
  readonly from: string
  readonly topic: string
  readonly to: string
  /** events a second; undefined: not known yet */
  readonly rate: number | undefined
  readonly lag: number
  readonly dead: number
  readonly late: boolean
}

interface Place {
  readonly name: string
  readonly here: boolean
  readonly bad: boolean
  readonly x: number
  readonly y: number
}

interface Line {
  readonly key: string
  readonly path: string
  readonly weight: number
  readonly bad: boolean
}

const WIDTH = 900
const HEIGHT = 620
const MARGIN = { x: 85, y: 40 }
/** of the way to the middle that a line bends */
const BEND = 0.55

/**
 * Services in a ring by name, clockwise from the top; lines between them bend through the middle. Each side goes down in equal steps, the left one half a step
 * behind, so that no two lie on each other. Pure: the same services lie where they lay.
 */
export function drawMap(nodes: readonly Node[], edges: readonly Edge[]) {
  const names = [...nodes].sort((a, b) => (a.name < b.name ? -1 : 1))
  const middle = { x: WIDTH / 2, y: HEIGHT / 2 }
  const reach = { x: middle.x - MARGIN.x, y: middle.y - MARGIN.y }
  const onRight = Math.ceil(names.length / 2)
  const step = (2 * reach.y) / Math.max(1, onRight - 0.5)
  const places: Place[] = names.map(({ name, here }, index) => {
    const isRight = index < onRight
    const up = isRight ? reach.y - index * step : (index - onRight) * step - reach.y
    const own = edges.filter(({ to }) => to === name)
    return {
      name,
      here,
      bad: own.some(({ dead, late }) => dead > 0 || late),
      x: Math.round(middle.x + (isRight ? 1 : -1) * reach.x * Math.sqrt(Math.max(0, 1 - (up / reach.y) ** 2))),
      y: Math.round(middle.y - up),
    }
  })
  const at = new Map(places.map((place) => [place.name, place]))
  const pairs = Map.groupBy(
    edges.filter(({ from, to }) => from !== to),
    ({ from, to }) => `${from} ${to}`,
  )
  const lines: Line[] = [...pairs].flatMap(([key, list]) => {
    const [from, to] = [at.get(list[0]!.from), at.get(list[0]!.to)]
    if (!from || !to) return []
    const bend = {
      x: Math.round(((from.x + to.x) / 2) * (1 - BEND) + middle.x * BEND),
      y: Math.round(((from.y + to.y) / 2) * (1 - BEND) + middle.y * BEND),
    }
    const rate = list.reduce((sum, one) => sum + (one.rate ?? 0), 0)
    return [
      {
        key,
        path: `M${from.x} ${from.y} Q${bend.x} ${bend.y} ${to.x} ${to.y}`,
        weight: Math.round(10 * (1 + Math.min(5, Math.log2(1 + rate)))) / 10,
        bad: list.some(({ dead, late }) => dead > 0 || late),
      },
    ]
  })
  return { width: WIDTH, height: HEIGHT, places, lines }
}
