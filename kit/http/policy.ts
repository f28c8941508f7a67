import type { FastifyInstance } from 'fastify'
import type { Idempotency } from './compiled-route.ts'
import { errors } from './errors.ts'
import type { Access, Route } from './route.ts'
import type { DomainError } from '#kit/core/errors.ts'
import { may, meantFor, type Principal } from '#kit/core/principal.ts'

/** One line of the authorization matrix. */
export interface Policy {
  readonly service: string
  readonly method: Route['method']
  readonly path: string
  readonly access: Access
  readonly summary: string
  readonly idempotency: Idempotency | undefined
}

const KINDS = new Set(['anyone', 'signed-in', 'permission', 'owner', 'internal'])
const PERMISSION = /^[a-z][a-z0-9-]*(:[a-z0-9*-]+)+$/

/** Throws at boot for a route that does not say who may call it, or says it in a way that cannot hold. */
export function checkPolicy(service: string, route: Route): void {
  const where = `${service}: ${route.method} ${route.path}`
  const access = route.spec.access as Access | undefined
  if (!access || !KINDS.has(access.kind))
    throw new Error(`${where} declares no access: say who may call it (anyone, signedIn, can, ownerOr, internal)`)
  if ((access.kind === 'permission' || access.kind === 'owner') && !PERMISSION.test(access.permission)) {
    throw new Error(`${where}: permission "${access.permission}" should look like "orders:read-any"`)
  }
  const internalPath = route.path === '/internal' || route.path.startsWith('/internal/')
  if (internalPath !== (access.kind === 'internal')) {
    throw new Error(`${where}: paths under /internal/ are for \`internal\` access, and only they`)
  }
}

/**
 * The refusal for this caller, or undefined if the route may run. `owner` routes let every signed-in user in: their
 * handlers compare the object with the principal. An API key owns nothing: it needs the permission there. Internal routes do not exist for anybody but our own services,
 * and one of those gets in only with a token for the service whose route it is.
 */
export function refusal(access: Access, principal: Principal, service: string): DomainError | undefined {
  if (!meantFor(principal, service)) return errors.invalidToken()
  switch (access.kind) {
    case 'anyone':
      return undefined
    case 'signed-in':
      if (principal.kind === 'key') return errors.peopleOnly()
      return principal.kind === 'anonymous' ? errors.unauthenticated() : undefined
    case 'permission':
      if (principal.kind === 'anonymous') return errors.unauthenticated()
      return may(principal, access.permission) ? undefined : errors.forbidden({ permission: access.permission })
    case 'owner':
      if (principal.kind === 'key') return may(principal, access.permission) ? undefined : errors.peopleOnly()
      return principal.kind === 'anonymous' && !access.guests ? errors.unauthenticated() : undefined
    case 'internal':
      return principal.kind === 'service' ? undefined : errors.noSuchRoute()
  }
}

const policies = new WeakMap<FastifyInstance, readonly Policy[]>()

export function rememberPolicies(app: FastifyInstance, list: readonly Policy[]): void {
  policies.set(app, list)
}

/** Every route of the app with who may call it: the ground of the authorization matrix and of the route listing. */
export function listPolicies(app: FastifyInstance): readonly Policy[] {
  return policies.get(app) ?? []
}
