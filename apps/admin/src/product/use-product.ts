import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { SoukError } from '../../../../packages/client/src/errors.ts'
import { api } from '../session.ts'
import {
  change,
  decide,
  type Draft,
  type Edit,
  follow,
  isChanged,
  type Part,
  type Parts,
  patchOf,
  startDraft,
  partOf,
} from './draft.ts'

export interface ProductForm {
  readonly draft: Draft
  readonly value: <P extends Part>(part: P) => Parts[P]
  readonly set: <P extends Part>(part: P, value: Parts[P]) => void
  readonly changed: boolean
  readonly save: () => void
  readonly undo: () => void
  /** of what both changed: the parts in which ours shall stand */
  readonly decide: (keep: ReadonlySet<Part>) => void
  readonly saving: boolean
  /** why it was not saved; a change of somebody else is no error but a question */
  readonly error: unknown
  /** what the shop says is wrong with this field of what was sent */
  readonly wrong: (pointer: string) => string | undefined
}

const isOvertaken = (error: unknown): boolean => error instanceof SoukError && error.code === 'products/version-conflict'

export const useStored = (id: string) =>
  useQuery({ queryKey: ['product', id, 'edit'], queryFn: () => api.call('GET /api/products/{id}/edit', { path: { id } }) })

/** Unsaved changes upon what is stored, which others may change at any time. */
export function useProduct(stored: Edit): ProductForm {
  const queries = useQueryClient()
  const [draft, setDraft] = useState(() => startDraft(stored))
  useEffect(() => setDraft((before) => follow(before, stored)), [stored])
  const path = { id: stored.id }
  const work = useMutation({
    mutationFn: async (sent: Draft) => {
      await api.call('PATCH /api/products/{id}', { path, body: patchOf(sent) }, { ifMatch: `"${sent.base.version}"` })
      return await api.call('GET /api/products/{id}/edit', { path })
    },
    onSuccess: async (fresh) => {
      setDraft(startDraft(fresh))
      queries.setQueryData(['product', stored.id, 'edit'], fresh)
      await queries.invalidateQueries()
    },
    onError: async (error) => {
      if (!isOvertaken(error)) return
      const theirs = await api.call('GET /api/products/{id}/edit', { path })
      setDraft((before) => follow(before, theirs))
    },
  })
  const { error } = work
  const fields = error instanceof SoukError ? (error.problem.errors ?? []) : []
  return {
    draft,
    value: (part) => partOf(draft, part),
    set: (part, value) => setDraft((before) => change(before, part, value)),
    changed: isChanged(draft),
    save: () => work.mutate(draft),
    undo: () => {
      work.reset()
      setDraft(startDraft(draft.meanwhile?.theirs ?? draft.base))
    },
    decide: (keep) => {
      work.reset()
      setDraft((before) => decide(before, keep))
    },
    saving: work.isPending,
    error: isOvertaken(error) ? undefined : error,
    wrong: (pointer) => fields.find((field) => field.pointer === pointer)?.message,
  }
}
