/** Who asks. Made at the edge from a verified token, carried by RPC, never taken from a body. */
export type Principal =
  | { readonly kind: 'anonymous'; readonly id: 'anonymous' }
  | {
      readonly kind: 'user'
      /** user id */
      readonly id: string
      readonly roles: readonly string[]
      readonly permissions: ReadonlySet<string>
      readonly sessionId: string
    }
  | {
      /** a program that is not ours and shows a name and a password: only on routes that say so, with what they ask for */
      readonly kind: 'program'
      readonly id: string
      readonly permissions: ReadonlySet<string>
    }
  | {
      /** an API key of somebody's program: it holds permissions and owns nothing, so it is never a customer */
      readonly kind: 'key'
      /** id of the key, a UUID */
      readonly id: string
      readonly permissions: ReadonlySet<string>
    }
  | {
      readonly kind: 'service'
      readonly id: string
      readonly onBehalfOf?: Principal | undefined
      /** services for which its token was made; undefined: it calls within this process */
      readonly audience?: readonly string[] | undefined
    }

export const anonymous: Principal = { kind: 'anonymous', id: 'anonymous' }

export function servicePrincipal(name: string): Principal {
  return { kind: 'service', id: name }
}

/** False for a service of ours that shows a token made for other services than this one, although they may run in the same process. */
export function meantFor(principal: Principal, service: string): boolean {
  return principal.kind !== 'service' || principal.audience === undefined || principal.audience.includes(service)
}

/** True when the principal may do `permission` (`orders:read-any`); services of our own may do everything they can reach. */
export function may(principal: Principal, permission: string): boolean {
  if (principal.kind === 'service') return true
  if (principal.kind === 'program' || principal.kind === 'key') return principal.permissions.has(permission)
  return principal.kind === 'user' && (principal.permissions.has(permission) || principal.permissions.has('*'))
}
