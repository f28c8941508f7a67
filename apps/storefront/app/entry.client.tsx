import { startTransition } from 'react'
import { hydrateRoot } from 'react-dom/client'
import { HydratedRouter } from 'react-router/dom'
import { languageOf, loadWords } from './i18n/language.ts'

await loadWords(languageOf(location.pathname))
startTransition(() => {
  hydrateRoot(document, <HydratedRouter />)
})
