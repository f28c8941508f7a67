import Type from 'typebox'
import { ChannelKey, Locale, Nullable, Timestamp, Uuid } from '#contracts/values.ts'
import { ascending, descending, keyset, page, where } from '#kit/http/paging.ts'
import { can, del, get, post, put, Reply, type Route } from '#kit/http/route.ts'
import { closed } from '#kit/messaging/event.ts'
import { deleteRule, deleteSynonym, type Rule, saveRule, saveSynonym, type Synonym } from '../commands/edits.ts'
import type { SearchDeps } from '../deps.ts'
import { errors } from '../errors.ts'
import { wordsOf } from '../words.ts'

const Phrase = Type.String({ minLength: 1, maxLength: 100 })
const SynonymInput = closed({
  locale: Locale,
  words: Type.Array(Phrase, {
    minItems: 1,
    maxItems: 50,
    description: 'words or phrases of up to three words; they mean the same where `finds` is empty',
  }),
  finds: Type.Array(Phrase, {
    maxItems: 50,
    default: [],
    description: 'who asks for one of `words` also finds these, not the other way round',
  }),
})
const SynonymView = closed({ id: Uuid, ...SynonymInput.properties })
const kind = Type.Union([Type.Literal('pin'), Type.Literal('boost'), Type.Literal('bury')])
const RuleInput = closed({
  query: Type.String({ maxLength: 400, description: 'the question; empty: every question' }),
  productId: Uuid,
  kind,
  position: Type.Optional(
    Nullable(Type.Integer({ minimum: 1, maximum: 100, description: 'of a pinned product, counted from the top' })),
  ),
  channel: Type.Optional(Nullable(ChannelKey)),
  locale: Type.Optional(Nullable(Locale)),
})
const RuleView = closed({
  id: Uuid,
  query: Type.String(),
  productId: Uuid,
  kind,
  position: Nullable(Type.Integer()),
  channel: Nullable(ChannelKey),
  locale: Nullable(Locale),
})
const subject = Type.Union([Type.Literal('synonym'), Type.Literal('rule')])
const EditView = closed({
  id: Uuid,
  at: Timestamp,
  by: Nullable(Uuid),
  subject,
  subjectId: Uuid,
  before: Nullable(Type.Union([SynonymView, RuleView])),
  after: Nullable(Type.Union([SynonymView, RuleView])),
})
const Id = closed({ id: Uuid })
const write = can('search:write')

const synonyms = keyset({
  list: 'synonyms',
  id: { column: 's.id', type: 'uuid' },
  sorts: { oldest: ascending('s.id', 'uuid') },
  initial: 'oldest',
})
const rules = keyset({
  list: 'search rules',
  id: { column: 'r.id', type: 'uuid' },
  sorts: { query: ascending('r.query', 'text') },
  initial: 'query',
})
const edits = keyset({
  list: 'search edits',
  id: { column: 'e.id', type: 'uuid' },
  sorts: { newest: descending('e.id', 'uuid') },
  initial: 'newest',
})

/** Everything here takes effect with the commit: questions read it, and kept answers end with it. */
export function editRoutes({ db }: SearchDeps): Route[] {
  return [
    get(
      '/api/search/synonyms',
      {
        access: write,
        summary: 'List synonyms',
        query: synonyms.query({ locale: Type.Optional(Locale) }),
        response: page(SynonymView),
      },
      async ({ query }) => {
        const at = synonyms.position(query)
        const rows = await db.sql<Synonym[]>`
          select s.id, s.locale, s.words, s.finds, ${at.keys(db.sql)} from synonyms s
           where (${query.locale ?? null}::text is null or s.locale = ${query.locale ?? null}) ${at.after(db.sql)} ${at.order(db.sql)}`
        return at.page(rows, ({ id, locale, words, finds }) => ({ id, locale, words: [...words], finds: [...finds] }))
      },
    ),
    post(
      '/api/search/synonyms',
      {
        access: write,
        summary: 'Say which words mean the same',
        body: SynonymInput,
        response: SynonymView,
        status: 201,
        errors: [errors.noWords, errors.tooFewWords],
      },
      async ({ tx, principal, body }) => new Reply(await saveSynonym(tx, principal, undefined, body), { status: 201 }),
    ),
    put(
      '/api/search/synonyms/:id',
      {
        access: write,
        summary: 'Change synonyms',
        params: Id,
        body: SynonymInput,
        response: SynonymView,
        errors: [errors.noSuchSynonym, errors.noWords, errors.tooFewWords],
      },
      async ({ tx, principal, params, body }) => new Reply(await saveSynonym(tx, principal, params.id, body)),
    ),
    del(
      '/api/search/synonyms/:id',
      { access: write, summary: 'Forget synonyms', params: Id, errors: [errors.noSuchSynonym] },
      async ({ tx, principal, params }) => deleteSynonym(tx, principal, params.id),
    ),
    get(
      '/api/search/rules',
      {
        access: write,
        summary: 'List what was said about products in searches',
        query: rules.query({ query: Type.Optional(Type.String({ maxLength: 400 })), productId: Type.Optional(Uuid) }),
        response: page(RuleView),
      },
      async ({ query }) => {
        const at = rules.position(query)
        const rows = await db.sql<Rule[]>`
          select r.id, r.query, r.product_id as "productId", r.kind, r.position, r.channel, r.locale, ${at.keys(db.sql)} from rules r
           ${where(db.sql, [
             query.query !== undefined && db.sql`r.query = ${wordsOf(query.query).join(' ')}`,
             query.productId !== undefined && db.sql`r.product_id = ${query.productId}`,
           ])} ${at.after(db.sql)} ${at.order(db.sql)}`
        return at.page(rows, ruleView)
      },
    ),
    post(
      '/api/search/rules',
      {
        access: write,
        summary: 'Pin, boost or bury a product for a question',
        description:
          'A pinned product stands at its place on the first page, by relevance and without filters. It takes effect at once.',
        body: RuleInput,
        response: RuleView,
        status: 201,
        errors: [errors.ruleExists],
      },
      async ({ tx, principal, body }) => new Reply(await saveRule(tx, principal, undefined, ruleOf(body)), { status: 201 }),
    ),
    put(
      '/api/search/rules/:id',
      {
        access: write,
        summary: 'Change a rule',
        params: Id,
        body: RuleInput,
        response: RuleView,
        errors: [errors.noSuchRule, errors.ruleExists],
      },
      async ({ tx, principal, params, body }) => new Reply(await saveRule(tx, principal, params.id, ruleOf(body))),
    ),
    del(
      '/api/search/rules/:id',
      { access: write, summary: 'Forget a rule', params: Id, errors: [errors.noSuchRule] },
      async ({ tx, principal, params }) => deleteRule(tx, principal, params.id),
    ),
    get(
      '/api/search/edits',
      {
        access: write,
        summary: 'Who changed synonyms and rules, and what they were before',
        query: edits.query({ subject: Type.Optional(subject), subjectId: Type.Optional(Uuid) }),
        response: page(EditView),
      },
      async ({ query }) => {
        const at = edits.position(query)
        type Row = {
          id: string
          at: Date
          by: string | null
          subject: 'rule' | 'synonym'
          subjectId: string
          before: never
          after: never
        }
        const rows = await db.sql<Row[]>`
          select e.id, e.at, e.by, e.subject, e.subject_id as "subjectId", e.before, e.after, ${at.keys(db.sql)} from edits e
           ${where(db.sql, [
             query.subject !== undefined && db.sql`e.subject = ${query.subject}`,
             query.subjectId !== undefined && db.sql`e.subject_id = ${query.subjectId}`,
           ])} ${at.after(db.sql)} ${at.order(db.sql)}`
        return at.page(rows, (row) => ({
          id: row.id,
          at: row.at.toISOString(),
          by: row.by,
          subject: row.subject,
          subjectId: row.subjectId,
          before: row.before,
          after: row.after,
        }))
      },
    ),
  ]
}

const ruleOf = (body: {
  query: string
  productId: string
  kind: Rule['kind']
  position?: number | null
  channel?: string | null
  locale?: string | null
}) => ({
  query: body.query,
  productId: body.productId,
  kind: body.kind,
  position: body.position ?? null,
  channel: body.channel ?? null,
  locale: body.locale ?? null,
})
const ruleView = ({ id, query, productId, kind: what, position, channel, locale }: Rule) => ({
  id,
  query,
  productId,
  kind: what,
  position,
  channel,
  locale,
})
