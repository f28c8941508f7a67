import { lazy, Suspense, useRef, useState } from 'react'
import { Form, useSearchParams } from 'react-router'
import { inLanguage, useSpeech } from '../i18n/language.ts'
import { SearchIcon } from './pictures.tsx'

const Suggestions = lazy(() => import('./suggestions.tsx'))

/** The search box: a form everywhere; where scripts run it suggests while somebody types. */
export function Find() {
  const { language, words } = useSpeech()
  const [search] = useSearchParams()
  const box = useRef<HTMLInputElement>(null)
  const [near, setNear] = useState(false)
  return (
    <Form className="find" role="search" action={inLanguage(language, '/products')}>
      <label className="hidden" htmlFor="q">
        {words.shop.search}
      </label>
      <input
        ref={box}
        id="q"
        name="q"
        type="search"
        key={search.get('q')}
        defaultValue={search.get('q') ?? ''}
        placeholder={words.shop.searchPlaceholder}
        autoComplete="off"
        maxLength={100}
        onFocus={() => setNear(true)}
      />
      <button type="submit" aria-label={words.shop.search}>
        <SearchIcon />
      </button>
      {near ? (
        <Suspense fallback={null}>
          <Suggestions key={search.get('q')} box={box} />
        </Suspense>
      ) : null}
    </Form>
  )
}
