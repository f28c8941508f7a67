import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useMemo, useState } from 'react'
import { type Category, useCategories } from '../catalogue.ts'
import { CategoryPanel, NewCategory } from '../categories/category-panel.tsx'
import { TreeView } from '../categories/tree-view.tsx'
import { childrenOf, type Place, placeOf, rowsOf, treeOf } from '../categories/tree.ts'
import { Trouble } from '../parts/trouble.tsx'
import { api } from '../session.ts'

const NONE: readonly Category[] = []

export function Categories() {
  const queries = useQueryClient()
  const { data, error, refetch } = useCategories()
  const tree = useMemo(() => treeOf(data ?? NONE), [data])
  const [open, setOpen] = useState<ReadonlySet<string>>(new Set())
  const [words, setWords] = useState('')
  const [active, setActive] = useState<string | undefined>()
  const [said, setSaid] = useState('')
  const rows = useMemo(() => rowsOf(tree, open, words), [tree, open, words])
  const chosen = (active === undefined ? undefined : tree.byId.get(active)) ?? rows[0]
  const move = useMutation({
    mutationFn: ({ id, place }: { id: string; place: Place }) =>
      api.call(
        'PUT /api/categories/{id}/place',
        { path: { id }, body: { parentId: place.parentId, index: place.index } },
        { ifMatch: `"${tree.byId.get(id)?.version ?? 0}"` },
      ),
    onSuccess: async (_, { id, place }) => {
      if (place.parentId !== null) setOpen((before) => new Set([...before, place.parentId as string]))
      await queries.invalidateQueries({ queryKey: ['categories'] })
      const now = treeOf(queries.getQueryData<readonly Category[]>(['categories']) ?? NONE)
      const { parentId, index } = placeOf(now, id)
      const above = parentId === null ? 'among the roots' : `below ${now.byId.get(parentId)?.title}`
      setSaid(`${now.byId.get(id)?.title} is now ${index + 1} of ${childrenOf(now, parentId).length} ${above}`)
    },
    // somebody else moved it, or deleted it: what is there now shows
    onError: () => queries.invalidateQueries({ queryKey: ['categories'] }),
  })
  if (error) return <Trouble error={error} again={() => void refetch()} />
  if (!data) return <p className="soft">Loading …</p>
  const toggle = (id: string, to: boolean) => {
    const next = new Set(open)
    if (to) next.add(id)
    else next.delete(id)
    setOpen(next)
  }
  const parents = data.filter(({ children }) => children.length > 0).map(({ id }) => id)
  return (
    <div className="stack">
      <div className="spread">
        <h1>Categories</h1>
        <div className="row">
          <NewCategory name="New root category" parentId={null} />
        </div>
      </div>
      <div className="row">
        <label className="field">
          <span className="legend">Find</span>
          <input className="input" type="search" value={words} onChange={({ target }) => setWords(target.value)} />
        </label>
        <button type="button" className="link" onClick={() => setOpen(new Set(parents))}>
          Open all
        </button>
        <button type="button" className="link" onClick={() => setOpen(new Set())}>
          Close all
        </button>
        <span className="soft">{data.length} categories</span>
      </div>
      {move.error ? <Trouble error={move.error} /> : null}
      <p className="hidden" role="status">
        {said}
      </p>
      <div className="columns">
        <TreeView
          tree={tree}
          rows={rows}
          open={open}
          found={words.trim() !== ''}
          active={chosen?.id}
          onActive={setActive}
          onToggle={toggle}
          onMove={(id, place) => move.mutate({ id, place })}
        />
        {chosen ? (
          <CategoryPanel key={chosen.id} category={chosen} tree={tree} onMove={(id, place) => move.mutate({ id, place })} />
        ) : null}
      </div>
    </div>
  )
}
