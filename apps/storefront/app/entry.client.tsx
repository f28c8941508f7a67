import { startTransition } from 'react'
import { hydrateRoot } from 'react-dom/client'
import { HydratedRouter } from 'react-router/dom'
import { languageOf, loadWords } from './i18n/language.ts'

await loadWords(languageOf(location.pathname))
startTransition(() => {
  hydrateRoot(document, <HydratedRouter />)
})

// for the time when the line is down; a shop without it works as well
if (import.meta.env.PROD) navigator.serviceWorker?.register('/sw.js').catch(() => undefined)
