import { Form, Outlet } from 'react-router'
import type { Route } from './+types/frame'
import { apiOf } from '../../api.server.ts'
import { NavLink } from '../../components/link.tsx'
import { inLanguage } from '../../i18n/language.ts'
import { useSpeech } from '../../i18n/later.ts'
import { requireUser } from '../../session.server.ts'

export async function loader({ context, request }: Route.LoaderArgs) {
  requireUser(context, request)
  return { me: await apiOf(context, request).call('GET /api/users/me') }
}

/** What stands around every page of the account. */
export default function AccountFrame({ loaderData: { me } }: Route.ComponentProps) {
  const { language, words } = useSpeech()
  const pages = [
    ['/account', words.me.overview],
    ['/account/profile', words.me.profile],
    ['/account/addresses', words.me.addresses],
    ['/account/wishlist', words.me.wishlist],
    ['/account/reviews', words.reviews.own],
    ['/account/security', words.me.security],
    ['/account/data', words.me.data],
  ] as const
  return (
    <div className="page section stack">
      <header className="spread">
        <h1>{words.account.hello(me.fullName)}</h1>
        <Form method="post" action={inLanguage(language, '/sign-out')}>
          <button className="button quiet small" type="submit">
            {words.account.signOut}
          </button>
        </Form>
      </header>
      <nav className="stalls" aria-label={words.shop.account}>
        {pages.map(([to, title]) => (
          <NavLink key={to} to={to} end>
            {title}
          </NavLink>
        ))}
      </nav>
      <Outlet />
    </div>
  )
}
