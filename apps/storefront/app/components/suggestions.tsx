import { type RefObject, useEffect, useId, useRef, useState } from 'react'
import { useFetcher, useNavigate } from 'react-router'
import { inLanguage, useSpeech } from '../i18n/language.ts'
import type { loader } from '../routes/search-suggest.ts'
import { tellChoice } from './tell-choice.ts'
import { Thumbnail } from './thumbnail.tsx'

/** Long enough that a fast typist asks once a word. */
const PAUSE_MS = 120

interface Choice {
  readonly group: string
  readonly title: string
  readonly to: string
  readonly image?: string | undefined
  /** of a product: its id, and its place among those that are suggested */
  readonly product?: { readonly id: string; readonly position: number }
}

/**
 * A list below the search box, as a combobox: arrows choose, Enter goes there, Escape closes. The box itself belongs to the frame and works without this,
 * which is loaded when somebody comes near it.
 */
export default function Suggestions({ box }: { box: RefObject<HTMLInputElement | null> }) {
  const { language, words } = useSpeech()
  const navigate = useNavigate()
  const { load, data } = useFetcher<typeof loader>()
  const [typed, setTyped] = useState(box.current?.value ?? '')
  const [open, setOpen] = useState(false)
  const [at, setAt] = useState(-1)
  const list = useId()

  const choices: Choice[] = [
    ...(data?.queries ?? []).map((title) => ({
      group: words.list.searchFor,
      title,
      to: `/products?q=${encodeURIComponent(title)}`,
    })),
    ...(data?.categories ?? []).map(({ id, slug, title }) => ({ group: words.shop.categories, title, to: `/c/${slug ?? id}` })),
    ...(data?.brands ?? []).map(({ id, slug, title }) => ({
      group: words.product.brand,
      title,
      to: `/products?brand=${encodeURIComponent(slug ?? id)}`,
    })),
    ...(data?.products ?? []).map(({ id, slug, title, image }, index) => ({
      group: words.list.products,
      title,
      to: `/p/${slug}`,
      image: image?.url,
      product: { id, position: index + 1 },
    })),
  ]
  const shown = open && choices.length > 0
  const go = ({ to, product }: Choice) => {
    setOpen(false)
    if (product) tellChoice(typed.trim(), product.id, product.position)
    void navigate(inLanguage(language, to))
  }

  useEffect(() => {
    if (typed.trim().length < 2) return
    const timer = setTimeout(
      () => void load(`${inLanguage(language, '/search/suggest')}?q=${encodeURIComponent(typed.trim())}`),
      PAUSE_MS,
    )
    return () => clearTimeout(timer)
  }, [typed, language, load])

  const onKey = (event: KeyboardEvent) => {
    if (event.key === 'Escape') setOpen(false)
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0
    if (step && choices.length > 0) {
      event.preventDefault()
      setOpen(true)
      setAt((now) => (now + step + choices.length + 1) % (choices.length + 1))
    }
    const chosen = choices[at]
    if (event.key === 'Enter' && shown && chosen) {
      event.preventDefault()
      go(chosen)
    }
  }
  const latest = useRef(onKey)
  latest.current = onKey

  useEffect(() => {
    const input = box.current
    if (!input) return
    const watching = new AbortController()
    const options = { signal: watching.signal }
    input.setAttribute('role', 'combobox')
    input.setAttribute('aria-autocomplete', 'list')
    input.setAttribute('aria-controls', list)
    input.addEventListener('keydown', (event) => latest.current(event), options)
    input.addEventListener(
      'input',
      () => {
        setTyped(input.value)
        setAt(-1)
        setOpen(input.value.trim().length >= 2)
      },
      options,
    )
    // a press on the list comes after the blur
    input.addEventListener('blur', () => setTimeout(() => setOpen(false), 150), options)
    input.form?.addEventListener('submit', () => setOpen(false), options)
    return () => watching.abort()
  }, [box, list])

  useEffect(() => {
    const input = box.current
    input?.setAttribute('aria-expanded', String(shown))
    if (shown && at >= 0 && at < choices.length) input?.setAttribute('aria-activedescendant', `${list}-${at}`)
    else input?.removeAttribute('aria-activedescendant')
  })

  return (
    <div className="suggestions" id={list} role="listbox" aria-label={words.list.suggestions} hidden={!shown}>
      {choices.map((choice, index) => (
        // biome-ignore lint/a11y/useKeyWithClickEvents: keys go to the box, as in every combobox
        <div
          key={choice.to}
          id={`${list}-${index}`}
          role="option"
          aria-selected={index === at}
          tabIndex={-1}
          onMouseDown={(event) => event.preventDefault()}
          onClick={() => go(choice)}
        >
          {choice.image ? <Thumbnail url={choice.image} width={32} /> : null}
          <span>{choice.title}</span>
          <span className="soft small">{choice.group}</span>
        </div>
      ))}
    </div>
  )
}
