import { rewriteUrl } from '#kit/http/edge.ts'
import type { Policy } from '#kit/http/policy.ts'
import type { ReferenceEndpoint } from './reference-endpoints.ts'

/** Parameters have other names in other designs; what counts is where they stand. */
const shapeOf = (path: string): string =>
  path
    .replace(/(.)\/$/, '$1')
    .split('/')
    .map((segment) => (/^[:{]/.test(segment) ? '{}' : segment))
    .join('/')

/**
 * The routes that answer an endpoint of the references: same method, same shape of the path; below a `**` any. A literal segment
 * needs a literal one: `/products/search` is not answered by `/products/:id`.
 */
export function findRoutes(endpoint: Pick<ReferenceEndpoint, 'method' | 'path'>, routes: readonly Policy[]): Policy[] {
  const ours = routes.filter(({ method }) => method === endpoint.method)
  const [named = ''] = endpoint.path.split('?')
  const below = named.endsWith('/**')
  const wanted = shapeOf(rewriteUrl({ url: below ? named.slice(0, -3) : named }))
  const exactRoot = named.endsWith('/') && named !== '/'
  return ours.filter(({ path: whole, service }) => {
    // Where config runs alone, its addresses stand at the root.
    const path = service === 'config' && named.startsWith('/{') ? whole.replace(/^\/config/, '') : whole
    if (exactRoot) return path === rewriteUrl({ url: named })
    const shape = shapeOf(path)
    return below ? shape.startsWith(`${wanted}/`) : shape === wanted
  })
}
