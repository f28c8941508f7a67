import { createContext, useContext } from 'react'
import type { Words } from './en.ts'

export const LANGUAGES = ['en', 'de'] as const
export type Language = (typeof LANGUAGES)[number]

/** German pages live under /de, English ones at the root. */
export const languageOf = (pathname: string): Language => (/^\/de(\/|\.data|$)/.test(pathname) ? 'de' : 'en')

/** An address of ours in a language: `inLanguage('de', '/cart')` is `/de/cart`. */
export function inLanguage(language: Language, path: string): string {
  if (language === 'en') return path
  return path === '/' ? '/de' : `/de${path}`
}

/** The same page in another language. */
export function translated(language: Language, { pathname, search }: { pathname: string; search: string }): string {
  const bare = languageOf(pathname) === 'de' ? pathname.slice(3) || '/' : pathname
  return inLanguage(language, bare) + search
}

const loaded = new Map<Language, Words>()

/** The browser loads the words of one language only; the server all. */
export async function loadWords(language: Language): Promise<Words> {
  const known = loaded.get(language)
  if (known) return known
  const words = language === 'de' ? (await import('./de.ts')).de : (await import('./en.ts')).en
  loaded.set(language, words)
  return words
}

export interface Speech {
  readonly language: Language
  readonly words: Words
}

const SpeechContext = createContext<Language>('en')
export const SpeechProvider = SpeechContext.Provider

/** Words and forms of the page's language. */
export function useSpeech(): Speech {
  const language = useContext(SpeechContext)
  return { language, words: wordsOf(language) }
}

export function wordsOf(language: Language): Words {
  const words = loaded.get(language)
  if (!words) throw new Error(`the words of ${language} are not loaded`)
  return words
}
