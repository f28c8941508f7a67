import { createContext, type MiddlewareFunction, redirect, type RouterContextProvider } from 'react-router'
import { inLanguage, type Language, languageOf } from './i18n/language.ts'
import { wordsOf } from './i18n/later.ts'
import { type Visit, visitContext } from '../server/visit.ts'

/** What the shop remembers of a visitor, sealed in one cookie that scripts cannot read. */
export interface Remembered {
  readonly user?: { readonly id: string; readonly access: string; readonly refresh: string; readonly until: number }
  /** secret of a guest's cart */
  readonly cart?: string
  /** secrets of the guest's latest orders, by order */
  readonly orders?: Readonly<Record<string, string>>
  /** where the bank wants to ask something before an order is paid */
  readonly challenge?: { readonly order: string; readonly url: string }
  readonly channel?: string
  /** random name of a visitor who agreed that the shop remembers what they look at */
  readonly visitor?: string
  /** how far copies of the database have to be to show what this visitor changed, until when that matters */
  readonly seen?: { readonly place: string; readonly until: number }
  /** country to which prices and shipping are shown */
  readonly country?: string
  /** on the way to another sign-in and back: proves that this browser began it, and says where to go then */
  readonly trip?: { readonly ticket: string; readonly language: Language; readonly to: string; readonly connect?: true }
  /** the first step of a sign-in was taken elsewhere; this is for the second */
  readonly secondStep?: string
  /** said once on the next page */
  readonly notice?: string
}

const DAYS = 30
/** An access token with less time than this is renewed before the page begins. */
const RENEW_BEFORE_MS = 30_000
const KEPT_ORDERS = 5

export interface Session {
  readonly value: Remembered
  change(part: Partial<Remembered>): void
  signIn(tokens: { userId: string; accessToken: string; refreshToken: string; expiresIn: number }): void
  signOut(): void
  /** The shop does not know the token any more: the session was ended elsewhere. Said on the next page. */
  end(): void
  rememberOrder(orderId: string, secret: string): void
  /** the notice, once */
  takeNotice(): string | undefined
  /** Nobody will see this page: its notice is for the next one. */
  carryNotice(): void
}

export const sessionContext = createContext<Session>()

export const sessionOf = (context: Readonly<RouterContextProvider>): Session => context.get(sessionContext)

const nameOf = ({ secure }: Visit): string => (secure ? '__Host-souk' : 'souk')

function read(header: string | null, visit: Visit): Remembered {
  const name = nameOf(visit)
  const sealed = header
    ?.split(';')
    .map((pair) => pair.trim())
    .find((pair) => pair.startsWith(`${name}=`))
    ?.slice(name.length + 1)
  if (!sealed) return {}
  try {
    return JSON.parse(visit.unseal(sealed)) as Remembered
  } catch {
    // of another installation, or tampered with: a visitor nobody knows
    return {}
  }
}

function open(before: Remembered): Session & { changed(): boolean; ended(): boolean; settle(): void } {
  let value = before
  let ended = false
  let taken: string | undefined
  let carried = false
  const change = (part: Partial<Remembered>) => {
    value = { ...value, ...part }
  }
  return {
    get value() {
      return value
    },
    change,
    signIn: ({ userId, accessToken, refreshToken, expiresIn }) =>
      change({ user: { id: userId, access: accessToken, refresh: refreshToken, until: Date.now() + expiresIn * 1000 } }),
    signOut: () => change({ user: undefined, cart: undefined, orders: undefined, challenge: undefined }),
    end() {
      ended = true
      change({ user: undefined })
    },
    ended: () => ended,
    rememberOrder: (orderId, secret) =>
      change({
        orders: Object.fromEntries(
          [[orderId, secret], ...Object.entries(value.orders ?? {}).filter(([id]) => id !== orderId)].slice(0, KEPT_ORDERS),
        ),
      }),
    takeNotice() {
      const { notice } = value
      if (notice !== undefined) change({ notice: undefined })
      taken = notice
      return notice
    },
    carryNotice() {
      carried = true
    },
    settle() {
      if (carried && taken !== undefined && value.notice === undefined) change({ notice: taken })
    },
    changed: () => value !== before,
  }
}

/** Tabs that renew the same token at once get the same successor from auth for ten seconds, so nobody is signed out by it. */
async function renewIfDue(session: Session, visit: Visit): Promise<void> {
  const { user } = session.value
  if (!user || user.until - Date.now() > RENEW_BEFORE_MS) return
  const response = await fetch(`${visit.apiUrl()}/api/auth/refresh`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...visit.headers },
    body: JSON.stringify({ refreshToken: user.refresh }),
    signal: AbortSignal.timeout(5_000),
  }).catch(() => undefined)
  if (response?.ok) session.signIn((await response.json()) as Parameters<Session['signIn']>[0])
  else if (response && response.status < 500 && response.status !== 429) session.change({ user: undefined })
}

/** Opens the session before anything else looks at it, and sends it back when it has changed. */
export const keepSession: MiddlewareFunction<Response> = async ({ request, context }, next) => {
  const visit = context.get(visitContext)
  const session = open(read(request.headers.get('cookie'), visit))
  await renewIfDue(session, visit)
  context.set(sessionContext, session)
  const response = await next()
  // after all parts of the page: one of them may have taken the notice to a page that nobody sees
  session.settle()
  if (session.ended()) session.change({ notice: wordsOf(languageOf(new URL(request.url).pathname)).me.signedOut })
  if (session.changed()) {
    const attributes = `Path=/; HttpOnly; SameSite=Lax; Max-Age=${DAYS * 86_400}${visit.secure ? '; Secure' : ''}`
    response.headers.append('set-cookie', `${nameOf(visit)}=${visit.seal(JSON.stringify(session.value))}; ${attributes}`)
  }
  return response
}

/** The address of the page that asks, as people see it. */
function pageOf(request: Request): { pathname: string; search: string } {
  const url = new URL(request.url)
  for (const name of ['_routes', 'index']) url.searchParams.delete(name)
  return { pathname: url.pathname.replace(/\.data$/, ''), search: url.search }
}

/** The sign-in, which leads back to the page that asks. */
export function toSignIn(context: Readonly<RouterContextProvider>, request: Request): Response {
  sessionOf(context).carryNotice()
  const { pathname, search } = pageOf(request)
  return redirect(`${inLanguage(languageOf(pathname), '/sign-in')}?to=${encodeURIComponent(pathname + search)}`)
}

/** For pages of somebody: sends everybody else to the sign-in, which leads back here. */
export function requireUser(context: Readonly<RouterContextProvider>, request: Request): NonNullable<Remembered['user']> {
  const { user } = sessionOf(context).value
  if (user) return user
  throw toSignIn(context, request)
}

/**
 * Where somebody goes whose session was ended elsewhere. A page is shown again, as a guest sees it (one of somebody then asks for the sign-in); what was sent
 * in a form needs its sender, so it leads to the sign-in and back.
 */
export function leaveSession(context: Readonly<RouterContextProvider>, request: Request, straight: boolean): Response {
  sessionOf(context).end()
  const { pathname, search } = pageOf(request)
  return straight || request.method !== 'GET' ? toSignIn(context, request) : redirect(pathname + search)
}
