import { type Language, languageOf, loadWords, useSpeech as useFirstSpeech } from './language.ts'
import type { LaterWords } from './en-later.ts'
import type { Words } from './en.ts'

/**
 * The words from the cart on, which the pages before it do not load. A page that needs them takes `useSpeech` and `wordsOf` from here;
 * one that forgets to is told by its types.
 */
const loaded = new Map<Language, Words & LaterWords>()

export async function loadLaterWords(language: Language): Promise<void> {
  if (loaded.has(language)) return
  // a page of its own may be here before the first words are
  const first = await loadWords(language)
  const later = language === 'de' ? (await import('./de-later.ts')).deLater : (await import('./en-later.ts')).enLater
  loaded.set(language, { ...first, ...later })
}

export function wordsOf(language: Language): Words & LaterWords {
  const words = loaded.get(language)
  if (!words) throw new Error(`the later words of ${language} are not loaded`)
  return words
}

export function useSpeech() {
  const { language } = useFirstSpeech()
  return { language, words: wordsOf(language) }
}

// A module of a page is ready when its words are. The server loads them before the page begins.
if (!import.meta.env.SSR) await loadLaterWords(languageOf(location.pathname))
