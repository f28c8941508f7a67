import { describe, expect, it } from 'vitest'
import { MAX_DEPTH, place, treeOf } from './category.ts'

describe('the category tree', () => {
  it('puts a category below its parent', () =>
    expect(place('shoes', ['clothes'], 0)).toEqual({ ok: true, path: ['clothes', 'shoes'] }))
  it('makes a category without a parent a root', () => expect(place('shoes', null, 3)).toEqual({ ok: true, path: ['shoes'] }))
  it('does not hang a category below itself', () => {
    expect(place('clothes', ['clothes'], 1)).toEqual({ ok: false, reason: 'cycle' })
    expect(place('clothes', ['clothes', 'shoes', 'boots'], 2)).toEqual({ ok: false, reason: 'cycle' })
  })
  it('counts what hangs below when it measures the depth', () => {
    const parent = Array.from({ length: MAX_DEPTH - 2 }, (_, level) => `level ${level}`)
    expect(place('x', parent, 1).ok).toBe(true)
    expect(place('x', parent, 2)).toEqual({ ok: false, reason: 'too-deep' })
  })
  it('is drawn by position, then by title, whatever order the rows come in', () => {
    const row = (id: string, parentId: string | null, position: number, title = id) => ({
      id,
      parentId,
      slug: id,
      title,
      position,
      version: 1,
    })
    const [root, second] = treeOf([
      row('boots', 'shoes', 2),
      row('b', null, 1, 'Books'),
      row('shoes', null, 0),
      row('sandals', 'shoes', 1),
      row('flats', 'shoes', 1),
    ])
    expect(root?.children.map((child) => child.id)).toEqual(['flats', 'sandals', 'boots'])
    expect(second?.id).toBe('b')
  })
})
