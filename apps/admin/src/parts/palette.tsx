import { useQuery } from '@tanstack/react-query'
import { type KeyboardEvent, useDeferredValue, useEffect, useRef, useState } from 'react'
import { useNavigate } from 'react-router'
import { type Hit, screensFor, thingsFor } from './search-all.ts'
import { useSettled } from './settled.ts'

/** Goes to a screen, or to one order, customer or product, by its name. */
export function Palette({ open, close }: { open: boolean; close: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null)
  useEffect(() => {
    if (open) dialog.current?.showModal()
    else dialog.current?.close()
  }, [open])
  return (
    <dialog ref={dialog} className="palette" aria-label="Go to" onClose={close}>
      {open ? <Search close={close} /> : null}
    </dialog>
  )
}

function Search({ close }: { close: () => void }) {
  const navigate = useNavigate()
  const [text, setText] = useState('')
  const [at, setAt] = useState(0)
  const asked = useDeferredValue(useSettled(text))
  const things = useQuery({ queryKey: ['palette', asked], queryFn: ({ signal }) => thingsFor(asked, signal), staleTime: 10_000 })
  const hits = [...screensFor(text), ...(things.data ?? [])]
  const chosen = Math.min(at, hits.length - 1)
  const go = (hit: Hit | undefined) => {
    if (!hit) return
    close()
    void navigate(hit.to)
  }
  const onKeyDown = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key]
    if (step !== undefined) {
      event.preventDefault()
      setAt((chosen + step + hits.length) % Math.max(1, hits.length))
    }
    if (event.key === 'Enter') {
      event.preventDefault()
      go(hits[chosen])
    }
    // a search field would only be emptied by it
    if (event.key === 'Escape') {
      event.preventDefault()
      close()
    }
  }
  return (
    <>
      <input
        className="input"
        type="search"
        role="combobox"
        aria-label="Go to"
        aria-expanded="true"
        aria-controls="palette-hits"
        aria-autocomplete="list"
        aria-activedescendant={hits[chosen] ? `hit-${chosen}` : undefined}
        placeholder="A screen, an order’s number, an e-mail, a product, a SKU"
        value={text}
        onChange={(event) => {
          setText(event.target.value)
          setAt(0)
        }}
        onKeyDown={onKeyDown}
      />
      <div id="palette-hits" role="listbox" aria-label="Found" aria-busy={things.isFetching}>
        {hits.map((hit, index) => (
          <div
            key={`${hit.kind} ${hit.to}`}
            id={`hit-${index}`}
            role="option"
            tabIndex={-1}
            aria-selected={index === chosen}
            ref={index === chosen ? (element) => element?.scrollIntoView({ block: 'nearest' }) : undefined}
            onMouseMove={() => setAt(index)}
            onClick={() => go(hit)}
            onKeyDown={onKeyDown}
          >
            <span className="soft small">{hit.kind}</span>
            <span>{hit.title}</span>
            <span className="soft small">{hit.note}</span>
          </div>
        ))}
      </div>
      {things.error ? <p className="soft small">Not everything could be looked through.</p> : null}
      {hits.length === 0 && !things.isFetching ? <p className="soft">Nothing of that name.</p> : null}
    </>
  )
}
