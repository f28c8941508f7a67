import { useQueryClient } from '@tanstack/react-query'
import { useRef, useState } from 'react'
import { patiently } from '../parts/patiently.ts'
import { api } from '../session.ts'
import { type ImportRow, portionsOf } from './columns.ts'
import { type Outcome, refusedProduct, sendRows } from './send-rows.ts'

export interface Run {
  readonly dryRun: boolean
  readonly done: number
  readonly total: number
  readonly outcomes: readonly Outcome[]
  readonly state: 'running' | 'finished' | 'stopped' | 'failed'
  readonly error: unknown
  /** seconds that the shop asks to wait before it goes on */
  readonly waiting: number | undefined
}

/** One portion of products with their variants. */
const UP_TO = 120_000

const tooLargeProduct = (rows: readonly ImportRow[]): Outcome => {
  const message = 'has more rows, or longer words, than the shop takes at once'
  return refusedProduct(rows, [{ line: rows[0]?.line ?? 1, column: null, pointer: '', message }])
}

/** Sends the rows portion by portion. What was sent stays, also when it is stopped: the same file again goes on where it ended. */
export function useImport() {
  const queries = useQueryClient()
  const [run, setRun] = useState<Run | undefined>()
  const stopping = useRef<AbortController | undefined>(undefined)
  const start = async (rows: readonly ImportRow[], dryRun: boolean): Promise<void> => {
    const begun: Run = {
      dryRun,
      done: 0,
      total: rows.length,
      outcomes: [],
      state: 'running',
      error: undefined,
      waiting: undefined,
    }
    setRun(begun)
    const add = (changes: (before: Run) => Partial<Run>) => setRun((before) => before && { ...before, ...changes(before) })
    const { portions, tooLarge } = portionsOf(rows)
    add(() => ({ done: tooLarge.flat().length, outcomes: tooLarge.map(tooLargeProduct) }))
    const send = async (some: readonly ImportRow[]) => {
      const body = { dryRun, rows: [...some] }
      return await patiently(async () => (await api.call('POST /api/products/import', { body }, { timeoutMs: UP_TO })).products, {
        onWait: (waiting) => add(() => ({ waiting })),
      })
    }
    const stop = new AbortController()
    stopping.current = stop
    try {
      for (const portion of portions) {
        if (stop.signal.aborted) return add(() => ({ state: 'stopped' }))
        const products = await sendRows(portion, send)
        add(({ done, outcomes }) => ({ done: done + portion.length, outcomes: [...outcomes, ...products] }))
      }
      add(() => ({ state: 'finished' }))
    } catch (error) {
      add(() => ({ state: 'failed', error, waiting: undefined }))
    } finally {
      if (!dryRun) await queries.invalidateQueries()
    }
  }
  return { run, start, stop: () => stopping.current?.abort(), forget: () => setRun(undefined) }
}
