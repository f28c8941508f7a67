import { describe, expect, it } from 'vitest'
import type { Category } from '../catalogue.ts'
import { dropped, rowsOf, step, treeOf } from './tree.ts'

/** From an outline: two blanks a level. */
function outlined(text: string) {
  const lines = text.split('\n').filter((line) => line.trim() !== '')
  const items: (Category & { children: string[] })[] = []
  const way: string[] = []
  for (const line of lines) {
    const id = line.trim()
    const level = (line.length - line.trimStart().length) / 2
    way.length = level
    const parentId = way.at(-1) ?? null
    items.find((item) => item.id === parentId)?.children.push(id)
    items.push({ id, slug: id, title: id, position: 0, version: 1, parentId, level, children: [] })
    way.push(id)
  }
  return treeOf(items)
}

const tree = outlined(`
kitchen
  cups
    mugs
  plates
garden
`)
const ids = (rows: readonly { id: string }[]) => rows.map(({ id }) => id)

describe('the tree of categories', () => {
  it('shows what is open, and nothing below what is closed', () => {
    expect(ids(rowsOf(tree, new Set(), ''))).toEqual(['kitchen', 'garden'])
    expect(ids(rowsOf(tree, new Set(['kitchen']), ''))).toEqual(['kitchen', 'cups', 'plates', 'garden'])
    expect(ids(rowsOf(tree, new Set(['cups']), ''))).toEqual(['kitchen', 'garden'])
  })

  it('finds by words, with the way to what fits', () => {
    expect(ids(rowsOf(tree, new Set(), 'mug'))).toEqual(['kitchen', 'cups', 'mugs'])
  })

  it('moves by steps: up and down among siblings, into the one before, out beside the parent', () => {
    expect(step(tree, 'plates', 'up')).toEqual({ parentId: 'kitchen', index: 0 })
    expect(step(tree, 'plates', 'down')).toBeUndefined()
    expect(step(tree, 'plates', 'in')).toEqual({ parentId: 'cups', index: 1 })
    expect(step(tree, 'cups', 'in')).toBeUndefined()
    expect(step(tree, 'mugs', 'out')).toEqual({ parentId: 'kitchen', index: 1 })
    expect(step(tree, 'garden', 'out')).toBeUndefined()
  })

  it('is let go before, into and after others', () => {
    expect(dropped(tree, 'garden', 'plates', 'before')).toEqual({ parentId: 'kitchen', index: 1 })
    expect(dropped(tree, 'garden', 'plates', 'after')).toEqual({ parentId: 'kitchen', index: 2 })
    expect(dropped(tree, 'cups', 'plates', 'after')).toEqual({ parentId: 'kitchen', index: 1 })
    expect(dropped(tree, 'mugs', 'cups', 'into')).toEqual({ parentId: 'cups', index: 0 })
  })

  it('never hangs below itself, nor deeper than the shop allows', () => {
    expect(dropped(tree, 'kitchen', 'mugs', 'into')).toBeUndefined()
    expect(dropped(tree, 'kitchen', 'mugs', 'before')).toBeUndefined()
    const deep = outlined(`${Array.from({ length: 12 }, (_, n) => `${'  '.repeat(n)}d${n}`).join('\n')}\nother\n  child`)
    expect(dropped(deep, 'other', 'd10', 'into')).toBeUndefined()
    expect(dropped(deep, 'other', 'd9', 'into')).toEqual({ parentId: 'd9', index: 1 })
    expect(dropped(deep, 'child', 'd11', 'into')).toBeUndefined()
  })

  it('stays quick with five thousand categories', () => {
    const wide = outlined(
      Array.from({ length: 100 }, (_, root) =>
        [`r${root}`, ...Array.from({ length: 49 }, (__, child) => `  r${root}c${child}`)].join('\n'),
      ).join('\n'),
    )
    expect(wide.items.length).toBe(5000)
    const begun = performance.now()
    for (let round = 0; round < 20; round += 1) {
      rowsOf(wide, new Set(['r1', 'r50']), '')
      rowsOf(wide, new Set(), 'c48')
      dropped(wide, 'r99', 'r0c10', 'before')
    }
    expect((performance.now() - begun) / 20).toBeLessThan(50)
  })
})
