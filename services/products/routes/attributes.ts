import Type from 'typebox'
import { Uuid } from '#contracts/values.ts'
import { uuidv7 } from '#kit/core/ids.ts'
import { page } from '#kit/http/paging.ts'
import { anyone, can, del, get, patch, post, Reply, type Route } from '#kit/http/route.ts'
import { closed } from '#kit/messaging/event.ts'
import type { ProductsDeps } from '../deps.ts'
import { errors } from '../errors.ts'
import { loadAttributeDefinitions, type StoredDefinition } from '../queries/attributes.ts'
import { Titles } from '../shapes.ts'
import { explain } from '../store.ts'

const Id = closed({ id: Uuid })
const AttributeKey = Type.String({ minLength: 1, maxLength: 60, pattern: '^[a-z][a-zA-Z0-9_-]*$' })
const Entity = Type.Union([Type.Literal('product'), Type.Literal('variant'), Type.Literal('order')])
const Kind = Type.Union([
  Type.Literal('text'),
  Type.Literal('number'),
  Type.Literal('boolean'),
  Type.Literal('date'),
  Type.Literal('enum'),
])
const Choices = Type.Array(Type.String({ minLength: 1, maxLength: 200 }), { maxItems: 500, uniqueItems: true })
const Position = Type.Integer({ minimum: 0, maximum: 1_000_000 })
const Definition = closed({
  id: Uuid,
  entity: Entity,
  key: AttributeKey,
  type: Kind,
  required: Type.Boolean(),
  choices: Choices,
  titles: Titles,
  position: Position,
  version: Type.Integer(),
})

/** Definitions of custom attributes. Kind of value and key stay for good: values of them are stored. */
export function attributeRoutes({ db }: ProductsDeps): readonly Route[] {
  const write = can('products:write')
  return [
    get(
      '/api/attributes',
      {
        access: anyone,
        summary: 'List the custom attributes',
        query: closed({ entity: Type.Optional(Entity) }),
        response: page(Definition),
      },
      async ({ query }) => ({
        items: await loadAttributeDefinitions(db.read, query.entity ?? null),
      }),
    ),
    post(
      '/api/attributes',
      {
        access: write,
        summary: 'Define a custom attribute',
        body: closed({
          entity: Entity,
          key: AttributeKey,
          type: Kind,
          required: Type.Optional(Type.Boolean()),
          choices: Type.Optional(Choices),
          titles: Type.Optional(Titles),
          position: Type.Optional(Position),
        }),
        response: Definition,
        status: 201,
        versioned: true,
        errors: [errors.keyTaken, errors.invalidAttributes],
      },
      async ({ tx, body }) => {
        const choices = body.choices ?? []
        if ((body.type === 'enum') !== choices.length > 0)
          throw errors.invalidAttributes(
            {},
            { fields: [{ pointer: '/choices', message: 'an enum needs choices, other types have none' }] },
          )
        const [row] = await tx<StoredDefinition[]>`
          insert into attribute_definitions (id, entity, key, type, required, choices, titles, position)
          values (${uuidv7()}, ${body.entity}, ${body.key}, ${body.type}, ${body.required ?? false}, ${choices}, ${JSON.stringify(body.titles ?? {})}::text::jsonb, ${body.position ?? 0})
          returning id, entity, key, type, required, choices, titles, position, version`.catch(explain)
        return new Reply(row, { status: 201 })
      },
    ),
    patch(
      '/api/attributes/:id',
      {
        access: write,
        summary: 'Change a custom attribute; products that no longer fit are asked for it at their next change',
        params: Id,
        body: closed({
          required: Type.Optional(Type.Boolean()),
          choices: Type.Optional(Choices),
          titles: Type.Optional(Titles),
          position: Type.Optional(Position),
        }),
        response: Definition,
        versioned: true,
        errors: [errors.noSuchAttribute, errors.versionConflict, errors.invalidAttributes],
      },
      async ({ tx, params, body, expectedVersion }) => {
        const [before] = await tx<
          { type: string; version: number }[]
        >`select d.type, d.version from attribute_definitions d where d.id = ${params.id} for update`
        if (!before) throw errors.noSuchAttribute()
        if (expectedVersion !== undefined && before.version !== expectedVersion)
          throw errors.versionConflict({ expected: expectedVersion, actual: before.version })
        if (body.choices && (before.type === 'enum') !== body.choices.length > 0)
          throw errors.invalidAttributes(
            {},
            { fields: [{ pointer: '/choices', message: 'an enum needs choices, other types have none' }] },
          )
        const [row] = await tx<StoredDefinition[]>`
          update attribute_definitions
             set required = coalesce(${body.required ?? null}, required), choices = coalesce(${body.choices ?? null}::text[], choices),
                 titles = coalesce(${body.titles ? JSON.stringify(body.titles) : null}::text::jsonb, titles), position = coalesce(${body.position ?? null}, position), version = version + 1
           where id = ${params.id}
          returning id, entity, key, type, required, choices, titles, position, version`
        return row!
      },
    ),
    del(
      '/api/attributes/:id',
      {
        access: write,
        summary: 'Delete a custom attribute; stored values stay until the next change',
        params: Id,
        errors: [errors.noSuchAttribute],
      },
      async ({ tx, params }) => {
        const gone = await tx`delete from attribute_definitions where id = ${params.id}`
        if (gone.count === 0) throw errors.noSuchAttribute()
      },
    ),
  ]
}
