import { data, type RouterContextProvider } from 'react-router'
import { type Answer, type Client, createClient, type Input } from '../../../packages/client/src/client.ts'
import { SoukError, UnreachableError } from '../../../packages/client/src/errors.ts'
import { visitContext } from '../server/visit.ts'
import { sharing } from './shared-answers.server.ts'
import { leaveSession, sessionOf } from './session.server.ts'
import { languageOf } from './i18n/language.ts'

/** A copy that is further behind than this is not asked at all. */
const SEEN_MS = 60_000

/**
 * The API as this visitor: token or the secret of the guest's cart, language, channel, client address. `ended`: what happens when the session turns out to
 * be ended elsewhere. `leave`: see `leaveSession`; `sign-in`: the page is of no use without its owner; `fail`: nobody looks at the answer as at a page.
 */
export function apiOf(
  context: Readonly<RouterContextProvider>,
  request: Request,
  { ended = 'leave' }: { ended?: 'leave' | 'sign-in' | 'fail' } = {},
): Client {
  const visit = context.get(visitContext)
  const session = sessionOf(context)
  const { user, cart, channel, visitor } = session.value
  const locale = languageOf(new URL(request.url).pathname)
  const client = createClient({
    baseUrl: visit.apiUrl(),
    locale,
    ...(channel ? { channel } : {}),
    ...(user
      ? {
          token: () => user.access,
          renewToken: async () => {
            if (ended === 'fail') return false
            throw leaveSession(context, request, ended === 'sign-in')
          },
        }
      : {}),
    headers: {
      ...visit.headers,
      ...(!user && cart ? { 'x-guest-token': cart } : {}),
      ...(!user && visitor ? { 'x-visitor-id': visitor } : {}),
    },
    seen: {
      read: () => {
        const { seen } = session.value
        return seen && seen.until > Date.now() ? seen.place : undefined
      },
      write: (place) => session.change({ seen: { place, until: Date.now() + SEEN_MS } }),
    },
    retry: { tries: 2, longestRetryAfterMs: 1_000 },
    timeoutMs: 8_000,
  })
  const asked = user ? client : sharing(client, `${channel ?? ''} ${locale}`, visitor !== undefined)
  return request.method === 'GET' || request.method === 'HEAD' ? orBusyPage(asked, visit.report) : asked
}

/** What a page throws that has no room at the moment. */
export const busyPage = data(null, { status: 503 })

/**
 * A page whose questions find no room, or no answer in time, is itself not to be had for the moment. Forms, and what a page sends on its own, hear of it
 * themselves. `report`: is told of a shop that does not answer, which may be a fault.
 */
export function orBusyPage(client: Client, report: (error: unknown) => void): Client {
  const call = async (...args: Parameters<Client['call']>): Promise<unknown> => {
    try {
      return await client.call(...args)
    } catch (error) {
      if (!args[0].startsWith('GET ')) throw error
      if (error instanceof UnreachableError) report(error)
      else if (!(error instanceof SoukError && isBusy(error.status))) throw error
      throw busyPage
    }
  }
  return { ...client, call } as Client
}

/** No room at the moment, or too often: the same request may be answered in a few seconds. */
export const isBusy = (status: number): boolean => status === 503 || status === 429

/** The shop said no, or not now: whoever filled in a form keeps it, and is told. Anything else is the error page's. */
export const isRefusal = (error: unknown): error is SoukError =>
  error instanceof SoukError && (error.status < 500 || isBusy(error.status))

/** For what works once (tickets, challenges): no second try, and time for a provider to answer. */
export const ONCE = { once: true, timeoutMs: 12_000 } as const

/** `undefined` where there is no such thing, anything else goes to the error page. `orWrong`: nor where nothing could be, by its form. */
export async function unlessMissing<T>(answer: Promise<T>, { orWrong = false } = {}): Promise<T | undefined> {
  try {
    return await answer
  } catch (error) {
    if (error instanceof SoukError && (error.status === 404 || (orWrong && error.status === 400))) return undefined
    throw error
  }
}

/** `preview`: it was a link to a draft, and its time is over. */
export const notFound = (why: 'preview' | null = null) => data(why, { status: 404 })

/** Optional parts of a page: the shop shows the rest when one service is away. */
export async function orElse<T>(answer: Promise<T>, otherwise: T): Promise<T> {
  try {
    return await answer
  } catch (error) {
    if (error instanceof Response) throw error
    return otherwise
  }
}

export type Channel = Answer<'GET /api/channels'>['items'][number]
export type Category = Answer<'GET /api/categories'>['items'][number]
export type Card = Answer<'GET /api/products'>['items'][number]
export type Product = Answer<'GET /api/products/{id}'>
export type Cart = Answer<'GET /api/cart'>
export type Order = Answer<'GET /api/orders/{id}'>
export type { Client, Input }
export { SoukError }
