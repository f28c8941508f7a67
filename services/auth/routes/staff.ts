import Type from 'typebox'
import { UserParams } from './bodies.ts'
import { setDisabled, setRoles } from '../commands/govern-accounts.ts'
import type { AuthDeps } from '../deps.ts'
import { errors } from '../errors.ts'
import { publicKeys, rotateSigningKey } from '../key-ring.ts'
import { listStaff, StaffQuery, StaffView } from '../queries/list-staff.ts'
import { PERMISSIONS, permissionsOf, ROLES } from '../roles.ts'
import { page } from '#kit/http/paging.ts'
import { anyone, can, get, post, put, Reply, type Route } from '#kit/http/route.ts'
import { closed } from '#kit/messaging/event.ts'

const own = { idempotency: 'handler' } as const
const RoleNames = Type.Array(Type.String({ minLength: 1, maxLength: 40 }), { minItems: 1, maxItems: 20 })
const governErrors = [errors.accountNotFound, errors.moreRightsNeeded, errors.lastAdmin] as const

const PublicKeys = closed({
  keys: Type.Array(
    closed({
      kty: Type.String(),
      crv: Type.String(),
      x: Type.String(),
      y: Type.String(),
      kid: Type.String(),
      use: Type.String(),
      alg: Type.String(),
    }),
  ),
})

const jwks = (deps: AuthDeps, path: string): Route =>
  get(path, { access: anyone, summary: 'Public keys that verify access tokens (RFC 7517)', response: PublicKeys }, async () => {
    const keys = (await publicKeys(deps.db)) as unknown as {
      kty: string
      crv: string
      x: string
      y: string
      kid: string
      use: string
      alg: string
    }[]
    return new Reply({ keys }, { headers: { 'cache-control': 'public, max-age=60' } })
  })

/** Keys for everybody, rights for those who give them. */
export const staffRoutes = (deps: AuthDeps): Route[] => [
  jwks(deps, '/.well-known/jwks.json'),
  jwks(deps, '/api/auth/jwks'),
  jwks(deps, '/api/auth/.well-known/jwks.json'),
  get(
    '/api/auth/roles',
    {
      access: can('users:roles'),
      summary: 'Roles and what they may do',
      response: closed({
        roles: Type.Array(closed({ name: Type.String(), permissions: Type.Array(Type.String()) })),
        permissions: Type.Array(closed({ name: Type.String(), description: Type.String() })),
      }),
    },
    async () => ({
      roles: Object.keys(ROLES).map((name) => ({ name, permissions: permissionsOf([name]) })),
      permissions: Object.entries(PERMISSIONS).map(([name, description]) => ({ name, description })),
    }),
  ),
  get(
    '/api/auth/staff',
    {
      access: can('users:roles'),
      summary: 'Accounts with more rights than customers have, newest first',
      query: StaffQuery,
      response: page(StaffView),
    },
    ({ query }) => listStaff(deps.db.read, query),
  ),
  put(
    '/api/auth/users/:id/roles',
    {
      ...own,
      access: can('users:roles'),
      summary: 'Replace the roles of an account; its sessions end',
      params: UserParams,
      body: closed({ roles: RoleNames }),
      response: closed({ roles: Type.Array(Type.String()) }),
      errors: [errors.unknownRole, errors.addressUnproven, ...governErrors],
    },
    async ({ params, body, principal }) => ({ roles: await setRoles(deps, principal, params.id, body.roles) }),
  ),
  post(
    '/api/auth/users/:id/disable',
    {
      ...own,
      access: can('users:write-any'),
      summary: 'Lock an account out at once',
      params: UserParams,
      status: 204,
      errors: governErrors,
    },
    async ({ params, principal }) => setDisabled(deps, principal, params.id, true),
  ),
  post(
    '/api/auth/users/:id/enable',
    {
      ...own,
      access: can('users:write-any'),
      summary: 'Let a disabled account in again',
      params: UserParams,
      status: 204,
      errors: governErrors,
    },
    async ({ params, principal }) => setDisabled(deps, principal, params.id, false),
  ),
  post(
    '/api/auth/keys/rotate',
    {
      ...own,
      access: can('auth:keys'),
      summary: 'Sign with a new key from now on; tokens of the old one stay valid until they end',
      response: closed({ kid: Type.String() }),
    },
    async () => {
      const rotated = await rotateSigningKey(deps.db, deps.secrets.signing)
      deps.accessTokens.forgetKey()
      return rotated
    },
  ),
]
