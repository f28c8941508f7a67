import Type, { type Static } from 'typebox'
import { Nullable, Uuid } from '#contracts/values.ts'
import type { Tx } from '#kit/db/db.ts'
import { closed, mapOf } from '#kit/messaging/event.ts'
import { attempt, type Refusal } from '../attempt.ts'
import type { ProductsDeps } from '../deps.ts'
import { groupsOf, type CellProblem, type ImportRow } from '../import-row.ts'
import { loadAttributeDefinitions } from '../queries/attributes.ts'
import { loadChannels } from '../queries/channel.ts'
import { ownPrices } from '../queries/load-product.ts'
import { errors } from '../errors.ts'
import { type Draft, draftOf, type Known, problemAt } from './import-draft.ts'
import { createProduct, updateProduct, type Writer } from './save-product.ts'

const Line = Type.Integer({ minimum: 1, maximum: 10_000_000, description: 'of the file, the header being 1' })

export const ImportBody = closed({
  /** true: judge everything, keep nothing */
  dryRun: Type.Boolean(),
  rows: Type.Array(
    closed({
      line: Line,
      cells: mapOf(Type.String({ pattern: '^[a-z][a-zA-Z0-9_.-]{0,79}$' }), Type.String({ maxLength: 50_000 }), {
        maxProperties: 100,
      }),
    }),
    { minItems: 1, maxItems: 200, description: 'rows of one product follow each other and stand in one request' },
  ),
})

export const ImportAnswer = closed({
  dryRun: Type.Boolean(),
  products: Type.Array(
    closed({
      lines: Type.Array(Line),
      /** null: it was refused, or would be new */
      id: Nullable(Uuid),
      title: Type.String(),
      outcome: Type.Union([Type.Literal('created'), Type.Literal('changed'), Type.Literal('same'), Type.Literal('refused')]),
      problems: Type.Array(
        closed({
          line: Line,
          /** null: the row as a whole */
          column: Nullable(Type.String()),
          /** into this request */
          pointer: Type.String(),
          message: Type.String(),
        }),
      ),
    }),
  ),
})
type Product = Static<typeof ImportAnswer>['products'][number]

/** Ends a dry run: everything it did is undone with it. */
class DryRunIsOver extends Error {}

/**
 * Brings in the rows of a file, each product by itself: what one is refused, the others get. A product is found by its address, else by the
 * SKU of its first row; what a file does not say of it stays. The same file again changes nothing. Throws import-running while another request
 * brings in, no-such-channel.
 */
export async function importRows(
  deps: ProductsDeps,
  tx: Tx,
  writer: Writer,
  { dryRun, rows }: Static<typeof ImportBody>,
): Promise<Static<typeof ImportAnswer>> {
  // One import at a time: two of them must not both find an address free. Nobody waits here, holding a connection: callers come again.
  const [turn] = await tx<{ mine: boolean }[]>`select pg_try_advisory_xact_lock(hashtext('products import')) as mine`
  if (!turn?.mine) throw errors.importRunning({}, { retryAfterSeconds: 1 })
  const [channel] = await loadChannels(tx, writer.channel)
  if (!channel) throw errors.noSuchChannel({ channel: writer.channel })
  const known: Known = { currency: channel.currency, definitions: await loadAttributeDefinitions(tx, null) }
  let products: Product[] = []
  const work = async (inner: Tx) => {
    for (const group of groupsOf(rows)) products.push(await importOne(deps, inner, writer, known, group, rows))
  }
  if (!dryRun) await work(tx)
  else
    await tx
      .savepoint(async (inner) => {
        await work(inner as Tx)
        throw new DryRunIsOver()
      })
      .catch((error: unknown) => {
        if (!(error instanceof DryRunIsOver)) throw error
        products = products.map((one) => ({ ...one, id: one.outcome === 'created' ? null : one.id }))
      })
  return { dryRun, products }
}

async function importOne(
  deps: ProductsDeps,
  tx: Tx,
  writer: Writer,
  known: Known,
  group: readonly ImportRow[],
  rows: readonly ImportRow[],
): Promise<Product> {
  const lines = group.map(({ line }) => line)
  const told = (problems: readonly CellProblem[]) =>
    problems.map(({ line, column, message }) => {
      const row = `/rows/${rows.findIndex((one) => one.line === line)}`
      return { line, column, pointer: column === null ? row : `${row}/cells/${column}`, message }
    })
  let draft: Draft | undefined
  const tried = await attempt(tx, async (inner) => {
    draft = await draftOf(inner, known, group)
    if (draft.problems.length > 0) return { id: null, outcome: 'refused' as const }
    if (draft.stored === undefined) {
      const { id } = await createProduct(deps, inner, writer, draft.input)
      return { id, outcome: 'created' as const }
    }
    const { id, version } = draft.stored
    const before = await ownPrices(inner, id, writer.channel)
    const saved = await updateProduct(deps, inner, writer, id, draft.input, { replace: false, expected: undefined })
    const after = await ownPrices(inner, id, writer.channel)
    const same = saved.version === version && [...after].every(([sku, price]) => before.get(sku)?.amount === price.amount)
    return { id, outcome: same ? ('same' as const) : ('changed' as const) }
  })
  const about = { lines, title: draft?.title ?? '' }
  if ('done' in tried) return { ...about, ...tried.done, problems: told(draft?.problems ?? []) }
  return {
    ...about,
    id: null,
    outcome: 'refused',
    problems: told(problemsOf(tried.refused, group[0]!.line, draft?.variantLines ?? [])),
  }
}

function problemsOf({ fields, message }: Refusal, first: number, variantLines: Draft['variantLines']): CellProblem[] {
  if (fields.length === 0) return [{ line: first, column: null, message }]
  return fields.map((field) => problemAt(field, first, variantLines))
}
