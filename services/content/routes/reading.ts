import Type from 'typebox'
import type { Deps } from '../deps.ts'
import { errors } from '../errors.ts'
import { showFrame, showHome, showPage, showPages } from '../queries/show.ts'
import { Nullable, Timestamp } from '#contracts/values.ts'
import { page } from '#kit/http/paging.ts'
import { anyone, type Cached, get, Reply, type Route } from '#kit/http/route.ts'
import { closed } from '#kit/messaging/event.ts'
import { Slug } from './shapes.ts'

const SECONDS = 15 * 60
/** The tag is the one that the trigger of the table tells. */
const kept: Cached = { tags: ['content'], seconds: SECONDS }
const Preview = closed({
  preview: Type.Optional(
    Type.String({ minLength: 1, maxLength: 200, description: 'secret of a link to the draft, made by staff' }),
  ),
})
const Text = Nullable(Type.String())
const Section = closed({
  type: Type.Union([
    Type.Literal('hero'),
    Type.Literal('products'),
    Type.Literal('categories'),
    Type.Literal('recommended'),
    Type.Literal('text'),
    Type.Literal('points'),
  ]),
  title: Text,
  text: Text,
  html: Text,
  label: Text,
  to: Text,
  category: Text,
  sort: Nullable(Type.Union([Type.Literal('newest'), Type.Literal('price'), Type.Literal('-price')])),
  limit: Nullable(Type.Integer()),
  points: Type.Array(closed({ title: Type.String(), text: Type.String() })),
})

/** A draft is for one pair of eyes: nothing keeps it. */
const answer = <T>(body: T, preview: string | undefined) =>
  preview === undefined ? body : new Reply(body, { cache: false, headers: { 'cache-control': 'no-store' } })

/** What visitors read of what the shop says of itself, in their language. */
export const readingRoutes = (deps: Deps): Route[] => [
  get(
    '/api/content/frame',
    {
      access: anyone,
      summary: 'What stands around every page: menus, and the banners that are up',
      response: closed({
        banners: Type.Array(closed({ key: Type.String(), to: Text, text: Type.String() })),
        menus: Type.Array(closed({ key: Type.String(), items: Type.Array(closed({ to: Type.String(), label: Type.String() })) })),
      }),
      cached: kept,
    },
    async ({ locale }) => {
      const { frame, turnsIn } = await showFrame(deps, locale, Date.now())
      return new Reply(frame, { cache: { seconds: Math.max(1, Math.min(SECONDS, Math.floor(turnsIn / 1000))) } })
    },
  ),
  get(
    '/api/content/home',
    {
      access: anyone,
      summary: 'The sections of the home page',
      query: Preview,
      response: closed({ sections: Type.Array(Section) }),
      errors: [errors.notFound],
      cached: kept,
    },
    async ({ locale, query: { preview } }) => {
      const sections = await showHome(deps, locale, preview)
      if (!sections) throw errors.notFound()
      return answer({ sections }, preview)
    },
  ),
  get(
    '/api/content/pages',
    {
      access: anyone,
      summary: 'The pages that there are',
      response: page(closed({ slug: Slug, title: Type.String(), publishedAt: Timestamp })),
      cached: kept,
    },
    async ({ locale }) => ({ items: await showPages(deps, locale) }),
  ),
  get(
    '/api/content/pages/:slug',
    {
      access: anyone,
      summary: 'A page, ready to be shown',
      params: closed({ slug: Slug }),
      query: Preview,
      response: closed({ slug: Slug, title: Type.String(), description: Type.String(), html: Type.String() }),
      errors: [errors.notFound],
      cached: kept,
    },
    async ({ params: { slug }, locale, query: { preview } }) => {
      const found = await showPage(deps, slug, locale, preview)
      if (!found) throw errors.notFound()
      return answer(found, preview)
    },
  ),
]
