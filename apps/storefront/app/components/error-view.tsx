import { useSpeech } from '../i18n/language.ts'
import { Link } from './link.tsx'
import { EmptyStall } from './pictures.tsx'

/** What stands where a page should be. */
export function ErrorView({ status, why }: { status: number; why?: unknown }) {
  const { words } = useSpeech()
  const missing = status === 404
  const busy = status === 503 || status === 429
  const title = missing ? words.error.notFound : busy ? words.error.busy : words.error.broken
  return (
    <main className="page empty" id="content" tabIndex={-1}>
      <title>{`${title} · Souk`}</title>
      <EmptyStall />
      <h1>{title}</h1>
      <p className="soft">
        {why === 'preview' ? words.error.previewOver : missing ? words.error.notFoundHint : words.error.brokenHint}
      </p>
      <Link className="button" to="/">
        {words.error.home}
      </Link>
    </main>
  )
}
