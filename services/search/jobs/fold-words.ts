import type { SearchDeps } from '../deps.ts'
import { foldWords } from '../store.ts'

const AT_ONCE = 20_000

/** Brings the vocabulary up to what writers of documents noted. */
export async function foldAllWords({ db }: Pick<SearchDeps, 'db'>, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    if ((await db.tx((tx) => foldWords(tx, AT_ONCE))) < AT_ONCE) return
  }
}
