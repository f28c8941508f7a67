import Type from 'typebox'
import { userOf } from './callers.ts'
import { asksAgain, OwnerProof, ownerErrors, ownerProof } from './owner-proof.ts'
import { createApiKey, revokeApiKey } from '../commands/govern-api-keys.ts'
import { requireOwner } from '../commands/reauthenticate.ts'
import type { AuthDeps } from '../deps.ts'
import { errors } from '../errors.ts'
import { apiKeyById, ApiKeyQuery, ApiKeyView, listApiKeys } from '../queries/list-api-keys.ts'
import { isForKeys, PERMISSIONS } from '../roles.ts'
import { Nullable, Timestamp, Uuid } from '#contracts/values.ts'
import { may } from '#kit/core/principal.ts'
import { page } from '#kit/http/paging.ts'
import { can, del, get, post, type Route } from '#kit/http/route.ts'
import { closed } from '#kit/messaging/event.ts'

const own = { idempotency: 'handler' } as const
const READ = can('api-keys:read')
const WRITE = can('api-keys:write')

/** Keys for programs of others. */
export const apiKeyRoutes = (deps: AuthDeps): Route[] => [
  get(
    '/api/auth/api-keys',
    { access: READ, summary: 'API keys, newest first; never their secrets', query: ApiKeyQuery, response: page(ApiKeyView) },
    ({ query }) => listApiKeys(deps.db.read, query),
  ),
  get(
    '/api/auth/api-keys/permissions',
    {
      access: WRITE,
      summary: 'What the caller can give to an API key',
      response: closed({ permissions: Type.Array(closed({ name: Type.String(), description: Type.String() })) }),
    },
    async ({ principal }) => ({
      permissions: Object.entries(PERMISSIONS)
        .filter(([name]) => isForKeys(name) && may(principal, name))
        .map(([name, description]) => ({ name, description })),
    }),
  ),
  post(
    '/api/auth/api-keys',
    {
      ...own,
      priority: 'aside',
      access: WRITE,
      summary: 'Make an API key; it is shown this once',
      description: `A key may never do more than whoever made it may do, at any time. ${asksAgain}`,
      body: closed({
        name: Type.String({ minLength: 1, maxLength: 80, pattern: '\\S', description: 'what it is for' }),
        permissions: Type.Array(Type.String({ minLength: 1, maxLength: 60 }), { minItems: 1, maxItems: 100 }),
        expiresAt: Type.Optional(Nullable(Timestamp)),
        ...OwnerProof,
      }),
      response: closed({ ...ApiKeyView.properties, key: Type.String({ description: 'for `Authorization: Bearer …`' }) }),
      status: 201,
      errors: [
        errors.notForApiKeys,
        errors.moreRightsNeeded,
        errors.expiresInThePast,
        errors.tooManyApiKeys,
        errors.accountNotFound,
        ...ownerErrors,
      ],
    },
    async ({ body, principal, ip }) => {
      const user = userOf(principal)
      await requireOwner(deps, ownerProof(user, body, ip))
      const { id, key } = await createApiKey(deps, {
        userId: user.id,
        name: body.name.trim(),
        permissions: body.permissions,
        expiresAt: body.expiresAt ? new Date(body.expiresAt) : null,
      })
      const made = await apiKeyById(deps.db.sql, id)
      if (!made) throw errors.apiKeyNotFound()
      return { ...made, key }
    },
  ),
  del(
    '/api/auth/api-keys/:id',
    {
      ...own,
      access: WRITE,
      summary: 'Revoke an API key',
      params: closed({ id: Uuid }),
      status: 204,
      errors: [errors.apiKeyNotFound, errors.moreRightsNeeded],
    },
    ({ params, principal }) => revokeApiKey(deps, userOf(principal), params.id),
  ),
]
