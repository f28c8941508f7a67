import { expect, it } from 'vitest'
import { drawMap } from './map-drawing.ts'

/** of a service's box, as the map draws it */
const BOX = { width: 140, height: 34 }

it.each([1, 2, 3, 8, 17, 24])('of %i services on the map none lies on another, and all are in sight', (count) => {
  const nodes = Array.from({ length: count }, (_, index) => ({ name: `s${100 + index}`, here: true, publishes: [], reads: [] }))
  const { places, width, height } = drawMap(nodes, [])
  for (const one of places) {
    expect(Math.abs(one.x - width / 2)).toBeLessThanOrEqual(width / 2 - BOX.width / 2)
    expect(Math.abs(one.y - height / 2)).toBeLessThanOrEqual(height / 2 - BOX.height / 2)
    const covers = places.filter((other) => Math.abs(other.x - one.x) < BOX.width && Math.abs(other.y - one.y) < BOX.height)
    expect(covers).toEqual([one])
  }
})
