import { useQueryClient } from '@tanstack/react-query'
import { useRef, useState } from 'react'
import type { Answer } from '../../../../packages/client/src/client.ts'
import { api } from '../session.ts'
import { type ImportRow, portionsOf } from './columns.ts'

export type Outcome = Answer<'POST /api/products/import'>['products'][number]

export interface Run {
  readonly dryRun: boolean
  readonly done: number
  readonly total: number
  readonly outcomes: readonly Outcome[]
  readonly state: 'running' | 'finished' | 'stopped' | 'failed'
  readonly error: unknown
}

/** Two hundred products with their variants. */
const UP_TO = 120_000

/** Sends the rows portion by portion. What was sent stays, also when it is stopped: the same file again goes on where it ended. */
export function useImport() {
  const queries = useQueryClient()
  const [run, setRun] = useState<Run | undefined>()
  const stopping = useRef<AbortController | undefined>(undefined)
  const start = async (rows: readonly ImportRow[], dryRun: boolean): Promise<void> => {
    const begun: Run = { dryRun, done: 0, total: rows.length, outcomes: [], state: 'running', error: undefined }
    setRun(begun)
    const add = (changes: (before: Run) => Partial<Run>) => setRun((before) => before && { ...before, ...changes(before) })
    const portions = portionsOf(rows)
    if (!portions) {
      const error = new RangeError('A product has more rows, or longer words, than the shop takes at once.')
      return add(() => ({ state: 'failed', error }))
    }
    const stop = new AbortController()
    stopping.current = stop
    try {
      for (const portion of portions) {
        if (stop.signal.aborted) return add(() => ({ state: 'stopped' }))
        const { products } = await api.call(
          'POST /api/products/import',
          { body: { dryRun, rows: portion } },
          { timeoutMs: UP_TO },
        )
        add(({ done, outcomes }) => ({ done: done + portion.length, outcomes: [...outcomes, ...products] }))
      }
      add(() => ({ state: 'finished' }))
    } catch (error) {
      add(() => ({ state: 'failed', error }))
    } finally {
      if (!dryRun) await queries.invalidateQueries()
    }
  }
  return { run, start, stop: () => stopping.current?.abort(), forget: () => setRun(undefined) }
}
