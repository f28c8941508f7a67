import Type from 'typebox'
import { ReadAny } from './shapes.ts'
import { putGroup, removeGroup, setMembership } from '../commands/change-groups.ts'
import { putAttribute, removeAttribute } from '../commands/define-attributes.ts'
import type { UsersDeps } from '../deps.ts'
import { errors } from '../errors.ts'
import { attributeDefinitions } from '../profiles.ts'
import { Uuid } from '#contracts/values.ts'
import { can, del, get, put, type Route } from '#kit/http/route.ts'
import { closed } from '#kit/messaging/event.ts'

const Manage = can('users:groups')
const Key = Type.String({ pattern: '^[a-z0-9][a-z0-9-]{0,59}$' })
const Name = Type.String({ minLength: 1, maxLength: 120 })
const Group = closed({ key: Key, name: Name, members: Type.Integer() })
const Member = closed({ key: Key, id: Uuid })

const AttributeKey = Type.String({ pattern: '^[a-z][a-z0-9_]{0,59}$' })
const AttributeType = Type.Union([Type.Literal('text'), Type.Literal('number'), Type.Literal('boolean'), Type.Literal('choice')])
const Attribute = closed({
  key: AttributeKey,
  label: Name,
  type: AttributeType,
  choices: Type.Array(Type.String()),
  customerEditable: Type.Boolean(),
})
const AttributeBody = closed({
  label: Name,
  type: AttributeType,
  choices: Type.Optional(Type.Array(Type.String({ minLength: 1, maxLength: 120 }), { maxItems: 100, uniqueItems: true })),
  customerEditable: Type.Optional(Type.Boolean({ description: 'default true; false: only staff see and change it' })),
})

/** Customer groups and attributes of customers. */
export const staffRoutes = (deps: UsersDeps): Route[] => [
  get(
    '/api/users/groups',
    { access: can(ReadAny), summary: 'Customer groups', response: closed({ groups: Type.Array(Group) }) },
    async () => ({
      groups: [
        ...(await deps.db.sql<{ key: string; name: string; members: number }[]>`
        select g.group_key as key, g.name, (select count(*)::integer from group_members m where m.group_key = g.group_key) as members
          from customer_groups g order by g.name, g.group_key`),
      ],
    }),
  ),
  put(
    '/api/users/groups/:key',
    {
      access: Manage,
      summary: 'Make or rename a customer group',
      params: closed({ key: Key }),
      body: closed({ name: Name }),
      response: Group,
    },
    ({ tx, params, body }) => putGroup(tx, params.key, body.name),
  ),
  del(
    '/api/users/groups/:key',
    {
      access: Manage,
      summary: 'Remove a customer group',
      params: closed({ key: Key }),
      status: 204,
      errors: [errors.groupNotFound],
    },
    async ({ tx, params }) => removeGroup(tx, params.key),
  ),
  put(
    '/api/users/groups/:key/members/:id',
    {
      access: Manage,
      summary: 'Put a customer into a group',
      params: Member,
      status: 204,
      errors: [errors.groupNotFound, errors.notFound],
    },
    async ({ tx, params }) => setMembership(deps, tx, params.key, params.id, true),
  ),
  del(
    '/api/users/groups/:key/members/:id',
    {
      access: Manage,
      summary: 'Take a customer out of a group',
      params: Member,
      status: 204,
      errors: [errors.groupNotFound, errors.notFound],
    },
    async ({ tx, params }) => setMembership(deps, tx, params.key, params.id, false),
  ),
  get(
    '/api/users/attributes',
    {
      access: can(ReadAny),
      summary: 'Attributes that customers can have',
      response: closed({ attributes: Type.Array(Attribute) }),
    },
    async () => ({
      attributes: (await attributeDefinitions(deps.db.sql)).map((one) => ({ ...one, choices: [...one.choices] })),
    }),
  ),
  put(
    '/api/users/attributes/:key',
    {
      access: Manage,
      summary: 'Add or change an attribute',
      params: closed({ key: AttributeKey }),
      body: AttributeBody,
      response: Attribute,
      errors: [errors.invalidDefinition],
    },
    async ({ tx, params, body }) => {
      const definition = await putAttribute(tx, {
        key: params.key,
        ...body,
        choices: body.choices ?? [],
        customerEditable: body.customerEditable ?? true,
      })
      return { ...definition, choices: [...definition.choices] }
    },
  ),
  del(
    '/api/users/attributes/:key',
    {
      access: Manage,
      summary: 'Remove an attribute and its values',
      params: closed({ key: AttributeKey }),
      status: 204,
      errors: [errors.attributeNotFound],
    },
    async ({ tx, params }) => removeAttribute(tx, params.key),
  ),
]
