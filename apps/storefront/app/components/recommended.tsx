import { Form, useLocation } from 'react-router'
import type { Card } from '../api.server.ts'
import type { Recommendation } from '../recommendations.server.ts'
import { inLanguage, useSpeech } from '../i18n/language.ts'
import { Cards } from './cards.tsx'

/** A row of products that were recommended, with the title that is true of them. Nothing where there are none. */
export function Recommended({ list }: { list: Recommendation | undefined }) {
  const { words } = useSpeech()
  if (!list) return null
  const { placement, strategy, items } = list
  const title = items[0]?.reason === 'popular' ? words.recommended.popular : words.recommended[placement]
  return (
    <section className="stack section" data-placement={placement}>
      <h2>{title}</h2>
      <Cards products={items} from={`${placement}.${strategy}`} lazy />
    </section>
  )
}

/** What this visitor opened lately; the shop remembers it only for who agreed, and forgets it when told to. Works without scripts. */
export function RecentlyViewed({ viewed }: { viewed: { items: readonly Card[]; remembered: boolean } }) {
  const { language, words } = useSpeech()
  const { pathname } = useLocation()
  return (
    <section className="stack section">
      {viewed.items.length > 0 ? (
        <>
          <h2>{words.recommended.viewed}</h2>
          <Cards products={viewed.items} lazy />
        </>
      ) : null}
      <Form method="post" action={inLanguage(language, '/remember')} preventScrollReset>
        <input type="hidden" name="to" value={pathname} />
        <button className="link small" type="submit" name="remember" value={viewed.remembered ? 'no' : 'yes'}>
          {viewed.remembered ? words.recommended.forget : words.recommended.remember}
        </button>
      </Form>
    </section>
  )
}
