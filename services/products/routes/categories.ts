import Type from 'typebox'
import { Card } from '#contracts/rpc/catalogue.ts'
import { Nullable, Uuid } from '#contracts/values.ts'
import { page } from '#kit/http/paging.ts'
import { anyone, can, del, get, patch, post, put, Reply, type Route } from '#kit/http/route.ts'
import { closed } from '#kit/messaging/event.ts'
import { type CategoryNode, treeOf } from '../category.ts'
import { createCategory, deleteCategory, placeCategory, updateCategory } from '../commands/save-category.ts'
import type { ProductsDeps } from '../deps.ts'
import { errors } from '../errors.ts'
import { loadCategories, loadCategory, type StoredCategory } from '../queries/categories.ts'
import { listProducts, ProductListQuery } from '../queries/list-products.ts'
import { showCards } from '../queries/show-cards.ts'
import { Slug, TextsInput } from '../shapes.ts'

const Id = closed({ id: Uuid })
const IdOrSlug = closed({ id: Type.String({ minLength: 1, maxLength: 120 }) })
const node = { id: Uuid, slug: Type.String(), title: Type.String(), position: Type.Integer(), version: Type.Integer() }
/** Twelve levels at most, so the shape is written out rather than recursive: every client understands it. */
const Tree = closed({
  ...node,
  parentId: Nullable(Uuid),
  level: Type.Integer({ description: '0 is a root' }),
  children: Type.Array(Uuid),
})
const Stored = closed({
  id: Uuid,
  parentId: Nullable(Uuid),
  path: Type.Array(Uuid, { description: 'ids from the root to the category' }),
  slug: Type.String(),
  position: Type.Integer(),
  version: Type.Integer(),
  texts: Type.Record(
    Type.String(),
    closed({
      title: Type.String(),
      description: Type.String(),
      seoTitle: Nullable(Type.String()),
      seoDescription: Nullable(Type.String()),
    }),
  ),
})
const fields = {
  slug: Type.Optional(Slug),
  parentId: Type.Optional(Nullable(Uuid)),
  position: Type.Optional(Type.Integer({ minimum: 0, maximum: 1_000_000 })),
}

export function categoryRoutes(deps: ProductsDeps): readonly Route[] {
  const { db, kept } = deps
  const write = can('products:write')
  const change = async ({
    tx,
    params,
    body,
    expectedVersion,
  }: {
    tx: Parameters<typeof updateCategory>[0]
    params: { id: string }
    body: object
    expectedVersion: number | undefined
  }) => toJson(await updateCategory(tx, params.id, body, expectedVersion))
  return [
    get(
      '/api/categories',
      {
        access: anyone,
        summary: 'The category tree, from the roots down',
        response: closed({ items: Type.Array(Tree) }),
        cached: kept.frame,
      },
      async ({ locale }) => ({
        items: flatten(treeOf(await loadCategories(db.sql, locale)), null, 0),
      }),
    ),
    get(
      '/api/categories/:id',
      {
        access: anyone,
        summary: 'Show a category by id or address',
        params: IdOrSlug,
        response: Stored,
        versioned: true,
        errors: [errors.noSuchCategory],
        cached: kept.frame,
      },
      async ({ params }) => {
        const found = await loadCategory(db.sql, params.id)
        if (!found) throw errors.noSuchCategory()
        return toJson(found)
      },
    ),
    get(
      '/api/categories/:id/products',
      {
        access: anyone,
        summary: 'List the products of a category and of everything below it',
        params: IdOrSlug,
        query: ProductListQuery,
        response: page(Card),
        cached: { ...kept.list, variant: deps.groups.variant },
      },
      async (request) => {
        const { params, query, channel, locale } = request
        return showCards(deps, request, await listProducts(deps, channel, locale, { ...query, category: params.id }))
      },
    ),
    post(
      '/api/categories',
      {
        access: write,
        summary: 'Create a category',
        body: closed({ ...fields, texts: TextsInput }),
        response: Stored,
        status: 201,
        versioned: true,
        errors: [errors.keyTaken, errors.categoryTooDeep, errors.noSuchCategory],
      },
      async ({ tx, body }) => {
        const created = await createCategory(tx, body)
        return new Reply(toJson(created), { status: 201, headers: { location: `/api/categories/${created.id}` } })
      },
    ),
    put(
      '/api/categories/:id',
      {
        access: write,
        summary: 'Replace a category; another parent moves everything below it too',
        params: Id,
        body: closed({ ...fields, texts: TextsInput }),
        response: Stored,
        versioned: true,
        errors: [errors.noSuchCategory, errors.categoryCycle, errors.versionConflict],
      },
      change,
    ),
    patch(
      '/api/categories/:id',
      {
        access: write,
        summary: 'Change fields of a category',
        params: Id,
        body: closed({ ...fields, texts: Type.Optional(TextsInput) }),
        response: Stored,
        versioned: true,
        errors: [errors.noSuchCategory, errors.categoryCycle, errors.versionConflict],
      },
      change,
    ),
    put(
      '/api/categories/:id/place',
      {
        access: write,
        summary: 'Move a category, with everything below it, to a place among the children of a parent',
        params: Id,
        body: closed({
          parentId: Nullable(Uuid),
          index: Type.Integer({
            minimum: 0,
            maximum: 1_000_000,
            description: 'among those that are there without it; too high: the end',
          }),
        }),
        response: Stored,
        versioned: true,
        errors: [errors.noSuchCategory, errors.categoryCycle, errors.categoryTooDeep, errors.versionConflict],
      },
      async ({ tx, params, body, expectedVersion }) => toJson(await placeCategory(tx, params.id, body, expectedVersion)),
    ),
    del(
      '/api/categories/:id',
      {
        access: write,
        summary: 'Delete an empty category',
        params: Id,
        versioned: true,
        errors: [errors.noSuchCategory, errors.inUse],
      },
      async ({ tx, params, expectedVersion }) => {
        await deleteCategory(tx, params.id, expectedVersion)
      },
    ),
  ]
}

const toJson = (category: StoredCategory) => ({ ...category, texts: category.texts ?? {} })

/** The tree in the order it is drawn, parents before their children. */
function flatten(
  nodes: readonly CategoryNode[],
  parentId: string | null,
  level: number,
): (Omit<CategoryNode, 'children'> & { parentId: string | null; level: number; children: string[] })[] {
  return nodes.flatMap(({ children, ...rest }) => [
    { ...rest, parentId, level, children: children.map((child) => child.id) },
    ...flatten(children, rest.id, level + 1),
  ])
}
