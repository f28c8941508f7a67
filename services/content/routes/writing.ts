import Type from 'typebox'
import { createEntry, deleteEntry, publishEntry, updateEntry, withdrawEntry } from '../commands/save-entry.ts'
import type { Deps } from '../deps.ts'
import { Document } from '../documents.ts'
import { errors } from '../errors.ts'
import { PREVIEW_SECONDS, previewToken } from '../preview.ts'
import { type Entry, entryById, entryList, type EntryRow, listEntries } from '../queries/entries.ts'
import { Nullable, Timestamp, Uuid } from '#contracts/values.ts'
import { page } from '#kit/http/paging.ts'
import { can, del, get, post, put, Reply, type Route } from '#kit/http/route.ts'
import { closed } from '#kit/messaging/event.ts'
import { Slug } from './shapes.ts'

const Kind = Type.Union([Type.Literal('home'), Type.Literal('page'), Type.Literal('banner'), Type.Literal('menu')])
const row = {
  id: Uuid,
  kind: Kind,
  slug: Slug,
  title: Nullable(Type.String()),
  state: Type.Union([Type.Literal('draft'), Type.Literal('published'), Type.Literal('changed')], {
    description: 'changed: visitors see something older than the draft',
  }),
  version: Type.Integer(),
  publishedAt: Nullable(Timestamp),
  updatedAt: Timestamp,
}
const Row = closed(row)
const Stored = closed({
  ...row,
  draft: Document,
  published: Nullable(Document),
  publishedSlug: Nullable(Type.String({ description: 'name under which visitors see it' })),
})
const Body = closed({ slug: Slug, document: Document })
const params = closed({ id: Uuid })
const faults = [errors.slugTaken, errors.noDefaultLanguage, errors.endsBeforeItBegins] as const
const write = can('content:write')
/** a page in forty languages */
const bodyLimit = 1024 * 1024

const rowOf = ({ id, kind, slug, title, state, version, publishedAt, updatedAt }: EntryRow) => ({
  id,
  kind,
  slug,
  title,
  state,
  version,
  publishedAt: publishedAt?.toISOString() ?? null,
  updatedAt: updatedAt.toISOString(),
})
const stored = (entry: Entry) => {
  const { draft, published, publishedSlug } = entry
  return { ...rowOf(entry), draft, published, publishedSlug }
}

/** What staff do: write, look at, publish, take back. */
export const writingRoutes = (deps: Deps): Route[] => [
  get(
    '/api/content/entries',
    {
      access: write,
      summary: 'Entries of the shop’s content, by name',
      query: entryList.query({ kind: Type.Optional(Kind) }),
      response: page(Row),
    },
    async ({ query }) => {
      const { items, ...more } = await listEntries(deps.db.sql, query)
      return { items: items.map(rowOf), ...more }
    },
  ),
  get(
    '/api/content/entries/:id',
    {
      access: write,
      summary: 'An entry, in every language',
      params,
      response: Stored,
      versioned: true,
      errors: [errors.noSuchEntry],
    },
    async ({ params: { id } }) => {
      const entry = await entryById(deps.db.sql, id)
      if (!entry) throw errors.noSuchEntry()
      return stored(entry)
    },
  ),
  post(
    '/api/content/entries',
    {
      access: write,
      summary: 'Write a draft',
      body: Body,
      bodyLimit,
      response: Stored,
      status: 201,
      versioned: true,
      errors: faults,
    },
    async ({ tx, body }) => {
      const created = await createEntry(tx, body)
      return new Reply(stored(created), { status: 201, headers: { location: `/api/content/entries/${created.id}` } })
    },
  ),
  put(
    '/api/content/entries/:id',
    {
      access: write,
      summary: 'Replace the draft; visitors see what they saw until it is published',
      params,
      body: Body,
      bodyLimit,
      response: Stored,
      versioned: true,
      errors: [errors.noSuchEntry, errors.otherKind, errors.versionConflict, ...faults],
    },
    async ({ tx, params: { id }, body, expectedVersion }) => stored(await updateEntry(tx, id, body, expectedVersion)),
  ),
  post(
    '/api/content/entries/:id/publish',
    {
      access: write,
      summary: 'Show the draft to visitors',
      params,
      response: Stored,
      versioned: true,
      errors: [errors.noSuchEntry, errors.versionConflict, errors.slugTaken],
    },
    async ({ tx, params: { id }, expectedVersion }) => stored(await publishEntry(tx, id, expectedVersion)),
  ),
  post(
    '/api/content/entries/:id/withdraw',
    {
      access: write,
      summary: 'Show it to nobody any more; the draft stays',
      params,
      response: Stored,
      versioned: true,
      errors: [errors.noSuchEntry, errors.versionConflict],
    },
    async ({ tx, params: { id }, expectedVersion }) => stored(await withdrawEntry(tx, id, expectedVersion)),
  ),
  del(
    '/api/content/entries/:id',
    { access: write, summary: 'Delete an entry', params, versioned: true, errors: [errors.noSuchEntry, errors.versionConflict] },
    async ({ tx, params: { id }, expectedVersion }) => deleteEntry(tx, id, expectedVersion),
  ),
  post(
    '/api/content/entries/:id/preview',
    {
      access: write,
      idempotency: 'read',
      summary: 'A secret with which anybody can look at the draft for an hour',
      description:
        'Goes into `?preview=` of GET /api/content/home and GET /api/content/pages/{slug}, or of the page of the shop.',
      params,
      response: closed({ token: Type.String(), expiresAt: Timestamp }),
      errors: [errors.noSuchEntry],
    },
    async ({ params: { id } }) => {
      if (!(await entryById(deps.db.sql, id))) throw errors.noSuchEntry()
      const until = Math.floor(Date.now() / 1000) + PREVIEW_SECONDS
      return { token: previewToken(deps.previewKey, id, until), expiresAt: new Date(until * 1000).toISOString() }
    },
  ),
]
