import '@fontsource-variable/fraunces/index.css'
import './styles/tokens.css'
import './styles/base.css'
import './styles/parts.css'
import './styles/reviews.css'
import './styles/frame.css'
import './styles/find.css'
import './styles/content.css'
import type { ReactNode } from 'react'
import {
  isRouteErrorResponse,
  Links,
  Meta,
  Outlet,
  Scripts,
  ScrollRestoration,
  useLocation,
  useRouteError,
  useRouteLoaderData,
} from 'react-router'
import type { Route } from './+types/root'
import type { Answer } from '../../../packages/client/src/client.ts'
import { visitContext } from '../server/visit.ts'
import { apiOf, type Category, type Channel, orElse } from './api.server.ts'
import { ErrorView } from './components/error-view.tsx'
import { languageOf, loadWords, SpeechProvider } from './i18n/language.ts'
import { loadLaterWords } from './i18n/later.ts'
import { keepSession, sessionOf } from './session.server.ts'

export const middleware: Route.MiddlewareFunction[] = [
  async ({ request }, next) => {
    const language = languageOf(new URL(request.url).pathname)
    await loadWords(language)
    await loadLaterWords(language)
    return await next()
  },
  keepSession,
]

export interface ShopFacts {
  readonly channel: Channel | undefined
  readonly channels: readonly Pick<Channel, 'key' | 'name' | 'currency'>[]
  readonly categories: readonly Category[]
  /** menus and banners */
  readonly content: Answer<'GET /api/content/frame'>
  readonly units: number
  readonly signedIn: boolean
  readonly notice: string | undefined
  readonly demo: boolean
  readonly publicUrl: string
}

/** What every page needs; the shop shows its frame also when a service is away. */
export async function loader({ context, request }: Route.LoaderArgs): Promise<ShopFacts & { nonce: string }> {
  const { demo, nonce, publicUrl } = context.get(visitContext)
  const api = apiOf(context, request)
  const session = sessionOf(context)
  const { user, cart: cartSecret } = session.value
  const [channels, categories, content, cart] = await Promise.all([
    orElse(api.call('GET /api/channels'), { items: [] }),
    orElse(api.call('GET /api/categories'), { items: [] }),
    orElse(api.call('GET /api/content/frame'), { banners: [], menus: [] }),
    user || cartSecret ? orElse(api.call('GET /api/cart', { query: { fields: ['units'] } }), undefined) : undefined,
  ])
  const channel = channels.items.find(({ key }) => key === session.value.channel) ?? channels.items[0]
  return {
    channel,
    channels: channels.items.map(({ key, name, currency }) => ({ key, name, currency })),
    categories: categories.items,
    content,
    units: cart?.units ?? 0,
    signedIn: user !== undefined,
    notice: session.takeNotice(),
    demo,
    publicUrl,
    nonce,
  }
}

export function useShop(): ShopFacts | undefined {
  return useRouteLoaderData<typeof loader>('root')
}

export function Layout({ children }: { children: ReactNode }) {
  const { pathname } = useLocation()
  const facts = useRouteLoaderData<typeof loader>('root')
  const language = languageOf(pathname)
  const nonce = typeof document === 'undefined' ? facts?.nonce : ''
  return (
    <html lang={language} suppressHydrationWarning>
      <head>
        <meta charSet="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="theme-color" content="#2d3a7c" />
        <link rel="icon" href="/icon.svg" type="image/svg+xml" />
        <link rel="manifest" href="/manifest.webmanifest" />
        {/* the chosen appearance, before anything is painted */}
        {/* biome-ignore lint/security/noDangerouslySetInnerHtml: a constant of this file */}
        <script nonce={nonce} suppressHydrationWarning dangerouslySetInnerHTML={{ __html: THEME }} />
        <Meta />
        <Links />
      </head>
      <body>
        <SpeechProvider value={language}>{children}</SpeechProvider>
        <ScrollRestoration nonce={nonce ?? ''} />
        <Scripts nonce={nonce ?? ''} />
      </body>
    </html>
  )
}

const THEME = "try{const t=localStorage.getItem('theme');if(t)document.documentElement.dataset.theme=t}catch{}"

export default function App() {
  return <Outlet />
}

export function ErrorBoundary() {
  const error = useRouteError()
  return isRouteErrorResponse(error) ? <ErrorView status={error.status} why={error.data} /> : <ErrorView status={500} />
}
