import { lazy, type MouseEvent, type ReactNode, Suspense, useCallback, useState, useSyncExternalStore } from 'react'
import { isRouteErrorResponse, Outlet, useLocation, useNavigation, useRouteError } from 'react-router'
import { ChannelChoice } from '../components/channel-choice.tsx'
import { ErrorView } from '../components/error-view.tsx'
import { Find } from '../components/find.tsx'
import { CartIcon, Logo, PersonIcon } from '../components/pictures.tsx'
import { Link, NavLink } from '../components/link.tsx'
import { Target } from '../components/written.tsx'
import { ThemeChoice } from '../components/theme-choice.tsx'
import { translated, useSpeech } from '../i18n/language.ts'
import { useShop } from '../root.tsx'

const CartDrawer = lazy(() => import('../components/cart-drawer.tsx'))

export default function Frame() {
  return (
    <Around>
      <main id="content" tabIndex={-1}>
        <Outlet />
      </main>
    </Around>
  )
}

/** A page that is not there leaves the ways to all others. */
export function ErrorBoundary() {
  const error = useRouteError()
  return (
    <Around>
      {isRouteErrorResponse(error) ? <ErrorView status={error.status} why={error.data} /> : <ErrorView status={500} />}
    </Around>
  )
}

/** What stands around every page: the way in, the stalls, the way out. */
function Around({ children }: { children: ReactNode }) {
  const { words } = useSpeech()
  const shop = useShop()
  const moving = useNavigation().state !== 'idle'
  return (
    <>
      <a className="skip button" href="#content">
        {words.shop.skip}
      </a>
      {moving ? <div className="progress" role="progressbar" aria-label={words.list.loading} /> : null}
      {shop && shop.content.banners.length > 0 ? (
        <aside className="banners" aria-label={words.shop.news}>
          {shop.content.banners.map(({ key, to, text }) => (
            <p key={key} className="page small">
              {to ? <Target to={to}>{text}</Target> : text}
            </p>
          ))}
        </aside>
      ) : null}
      <Top />
      <LineDown />
      {shop?.notice ? (
        <p className="page note good" role="status">
          {shop.notice}
        </p>
      ) : null}
      {children}
      <Foot />
    </>
  )
}

function onLineChange(listener: () => void) {
  addEventListener('online', listener)
  addEventListener('offline', listener)
  return () => {
    removeEventListener('online', listener)
    removeEventListener('offline', listener)
  }
}

/** The page may be one of an earlier visit, then (public/sw.js). */
function LineDown() {
  const { words } = useSpeech()
  const isUp = useSyncExternalStore(
    onLineChange,
    () => navigator.onLine,
    () => true,
  )
  return (
    <div className="page" aria-live="polite">
      {isUp ? null : <p className="note">{words.shop.offline}</p>}
    </div>
  )
}

function Top() {
  const { words } = useSpeech()
  const shop = useShop()
  const stalls = shop?.categories.filter(({ level }) => level === 0) ?? []
  return (
    <header className="top">
      <div className="page">
        <div className="bar">
          <Link className="brand" to="/" aria-label="Souk">
            <Logo />
            Souk
          </Link>
          <Find />
          <div className="tools">
            <Link to={shop?.signedIn ? '/account' : '/sign-in'}>
              <PersonIcon />
              <span className="word">{shop?.signedIn ? words.shop.account : words.shop.signIn}</span>
            </Link>
            <CartLink units={shop?.units ?? 0} />
          </div>
        </div>
        <nav className="stalls" aria-label={words.shop.categories}>
          <NavLink to="/products" end>
            {words.shop.allProducts}
          </NavLink>
          {stalls.map(({ id, slug, title }) => (
            <NavLink key={id} to={`/c/${slug}`}>
              {title}
            </NavLink>
          ))}
          <Menu name="header" />
        </nav>
      </div>
    </header>
  )
}

/** Links that staff put there. */
function Menu({ name }: { name: string }) {
  const menu = useShop()?.content.menus.find(({ key }) => key === name)
  return menu?.items.map(({ to, label }) => (
    <Target key={to} to={to}>
      {label}
    </Target>
  ))
}

/** Opens the cart beside the page; on the ways where it would be in the way, and without scripts, it leads to the page of the cart. */
function CartLink({ units }: { units: number }) {
  const { words } = useSpeech()
  const { pathname } = useLocation()
  const [open, setOpen] = useState(false)
  const close = useCallback(() => setOpen(false), [])
  const beside = !/\/(cart|checkout)$/.test(pathname)
  const onClick = (event: MouseEvent) => {
    if (!beside || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return
    event.preventDefault()
    setOpen(true)
  }
  return (
    <>
      <Link to="/cart" onClick={onClick}>
        <CartIcon />
        <span className="word">{words.shop.cart}</span>
        {units > 0 ? <span className="count number">{units}</span> : null}
      </Link>
      {open ? (
        <Suspense fallback={null}>
          <CartDrawer onClose={close} />
        </Suspense>
      ) : null}
    </>
  )
}

function Foot() {
  const { language, words } = useSpeech()
  const shop = useShop()
  const location = useLocation()
  const info = shop?.content.menus.find(({ key }) => key === 'footer')?.items ?? []
  return (
    <footer className="foot">
      <div className="page">
        <div className="stack">
          <p>{words.shop.tagline}</p>
          <p className="soft small">{shop?.channel?.pricesIncludeTax === false ? words.shop.exclTax : words.shop.inclTax}</p>
          {shop?.demo ? <p className="soft small">{words.shop.demoNote}</p> : null}
        </div>
        <nav aria-label={words.shop.footerShop}>
          <h2>{words.shop.footerShop}</h2>
          <ul>
            <li>
              <Link to="/products">{words.shop.allProducts}</Link>
            </li>
            <li>
              <Link to="/account">{words.shop.account}</Link>
            </li>
            <li>
              <Link to="/track">{words.shop.track}</Link>
            </li>
          </ul>
        </nav>
        {info.length > 0 ? (
          <nav aria-label={words.shop.footerInfo}>
            <h2>{words.shop.footerInfo}</h2>
            <ul>
              {info.map(({ to, label }) => (
                <li key={to}>
                  <Target to={to}>{label}</Target>
                </li>
              ))}
            </ul>
          </nav>
        ) : null}
        <div>
          <h2>{words.shop.language}</h2>
          <ul>
            {(['en', 'de'] as const).map((other) => (
              <li key={other}>
                <a
                  href={translated(other, location)}
                  lang={other}
                  hrefLang={other}
                  aria-current={other === language ? 'true' : undefined}
                >
                  {other === 'en' ? words.shop.english : words.shop.german}
                </a>
              </li>
            ))}
          </ul>
        </div>
        <div className="stack">
          <ChannelChoice />
          <ThemeChoice />
        </div>
      </div>
    </footer>
  )
}
