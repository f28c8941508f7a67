/** The designs whose endpoints Souk promises to answer, as docs/coverage.md names them. */
export const references = {
  R0: 'event-driven catalogue with CQRS',
  R1: 'shop of four services on SNS and SQS',
  R2: 'order tracking with change data capture',
  R3: 'platform of 24 services behind a gateway',
  R4: 'product and order service with gRPC',
  M: 'what Souk promises beyond them',
} as const

export type Reference = keyof typeof references

/** One address that a reference names. `{…}` stands for any one segment, `**` at the end for whatever lies below, `?q` for a query. */
export interface ReferenceEndpoint {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  readonly path: string
  readonly from: readonly Reference[]
  readonly service: string
  /** `works`: a route answers. Otherwise what it waits for. */
  readonly state: 'works' | { readonly later: string }
}

type Line = readonly [endpoint: string, ...from: Reference[]]

function rows(service: string, state: ReferenceEndpoint['state'], lines: readonly Line[]): ReferenceEndpoint[] {
  return lines.map(([endpoint, ...from]) => {
    const [method, path] = endpoint.split(' ') as [ReferenceEndpoint['method'], string]
    return { method, path, from, service, state }
  })
}

const works = (service: string, ...lines: Line[]) => rows(service, 'works', lines)
const later = (service: string, what: string, ...lines: Line[]) => rows(service, { later: what }, lines)

/** Every service of R3 answers at its root and shows its own documentation. */
const facesOf = (service: string): Line[] => [
  [`GET /api/${service}/`, 'R3'],
  [`GET /api/${service}/v3/api-docs`, 'R3'],
  [`GET /api/${service}/swagger-ui/index.html`, 'R3'],
]

/** Declared once: docs/coverage.md is made from it, and tests/contracts/coverage.test.ts holds it against the routes. */
export const referenceEndpoints: readonly ReferenceEndpoint[] = [
  ...works(
    'gateway',
    ['GET /actuator/health', 'R0', 'R3', 'R4'],
    ['GET /actuator/info', 'R4', 'M'],
    ['GET /actuator/metrics', 'R0', 'R4'],
    ['GET /actuator/prometheus', 'R3'],
    ['GET /swagger-ui.html', 'R0', 'R3'],
    ['GET /v3/api-docs', 'R3'],
    ['GET /api/v1/health', 'R0'],
    ['GET /api/v1/health/{part}', 'R0'],
    ['GET /api/v1/admin', 'R0'],
  ),
  ...works(
    'users',
    ...facesOf('users'),
    ['POST /api/users', 'R1'],
    ['POST /api/users/register', 'R3'],
    ['POST /api/users/login', 'R3'],
    ['GET /api/users/{id}', 'R1', 'R3'],
    ['PUT /api/users/{id}', 'R1', 'R3'],
    ['DELETE /api/users/{id}', 'R3'],
    ['POST /api/users/{id}/addresses', 'R1'],
    ['GET /api/users/{id}/addresses', 'R1'],
  ),
  ...works(
    'auth',
    ...facesOf('auth'),
    ['POST /api/auth/login', 'R3'],
    ['POST /api/auth/refresh', 'R3'],
    ['POST /api/auth/logout', 'M'],
    ['GET /.well-known/jwks.json', 'M'],
    ['GET /api/auth/sso/{provider}', 'R3'],
    ['POST /api/auth/passkeys', 'M'],
  ),
  ...works(
    'products',
    ...facesOf('products'),
    ['GET /api/products', 'R0', 'R4'],
    ['GET /api/products?search', 'R3'],
    ['POST /api/products', 'R0', 'R1', 'R3', 'R4'],
    ['GET /api/products/{id}', 'R0', 'R1', 'R3', 'R4'],
    ['PUT /api/products/{id}', 'R0', 'R4'],
    ['PATCH /api/products/{id}', 'M'],
    ['DELETE /api/products/{id}', 'R0', 'R4'],
    ['GET /api/products/search?q', 'R0', 'R1'],
    ['GET /api/products/{id}/related', 'R0'],
    ['GET /api/v1/products', 'R0'],
    ['POST /api/v1/products', 'R0'],
    ['GET /api/v1/products/{id}', 'R0'],
    ['PUT /api/v1/products/{id}', 'R0'],
    ['DELETE /api/v1/products/{id}', 'R0'],
    ['GET /api/v1/products/search', 'R0'],
    ['GET /api/v1/products/{id}/related', 'R0'],
    ['GET /internal/products', 'R1'],
    ['GET /api/categories', 'R1', 'R4'],
    ['POST /api/categories', 'R4'],
    ['GET /api/categories/{id}', 'R4'],
    ['PUT /api/categories/{id}', 'R4'],
    ['DELETE /api/categories/{id}', 'R4'],
    ['GET /api/sellers', 'M'],
    ['GET /api/wishlists', 'R1'],
    ['POST /api/wishlists', 'R1'],
    ['DELETE /api/wishlists/{productId}', 'R1'],
  ),
  ...works(
    'inventory',
    ...facesOf('inventory'),
    ['GET /api/inventory/{sku}', 'R3'],
    ['POST /api/inventory/reserve', 'R3'],
    ['POST /api/inventory/commit', 'R3'],
    ['POST /api/inventory/release', 'R3'],
    ['POST /api/inventory/batch', 'R3'],
    ['GET /api/inventory/analytics', 'R3'],
    ['POST /internal/inventory/reserve', 'R1'],
    ['POST /internal/inventory/release', 'R1'],
  ),
  ...works(
    'cart',
    ...facesOf('cart'),
    ['POST /api/cart/items', 'R3'],
    ['DELETE /api/cart/items/{sku}', 'R3'],
    ['POST /api/cart/{userId}', 'R1'],
    ['GET /api/cart/{userId}', 'R1'],
    ['DELETE /api/cart/{userId}', 'R1'],
  ),
  ...works(
    'orders',
    ...facesOf('orders'),
    ['POST /api/orders', 'R1', 'R3', 'R4'],
    ['GET /api/orders/{id}', 'R1', 'R4'],
    ['PUT /api/orders/{id}/confirm?paymentMethodId', 'R3'],
    ['PUT /api/orders/{id}/cancel', 'R3', 'R4'],
    ['PATCH /api/orders/{id}/status', 'R1', 'R4'],
    ['GET /api/orders/{id}/timeline', 'R1'],
  ),
  ...works(
    'payments',
    ...facesOf('payments'),
    ['POST /api/payments/authorize', 'R3', 'R4'],
    ['POST /api/payments/capture', 'R3'],
    ['POST /api/payments/refund', 'R3'],
    ['POST /api/payments/webhooks/{gateway}', 'R3'],
  ),
  ...works(
    'delivery',
    ...facesOf('delivery'),
    ['POST /api/delivery/shipments', 'R3'],
    ['GET /api/delivery/tracking/{trackingNumber}', 'R3'],
    ['POST /api/delivery/webhooks/{carrier}', 'R3'],
  ),
  ...works('notifications', ...facesOf('notifications'), ['POST /api/notifications/send', 'R3'], ['GET /api/notifications', 'M']),
  ...works('reviews', ...facesOf('reviews'), ['GET /api/reviews/**', 'R3'], ['POST /api/reviews', 'R1', 'R3']),
  ...works('search', ...facesOf('search'), ['GET /api/search?q', 'R3'], ['GET /api/search/suggest', 'R3']),
  ...works(
    'recommendations',
    ...facesOf('recommendations'),
    ['GET /api/recommendations/{userId}', 'R3'],
    ['GET /api/recommendations/products/{id}/**', 'R3'],
  ),
  ...later('analytics', 'analytics', ...facesOf('analytics'), ['GET /api/analytics/**', 'R3']),
  ...later('reporting', 'reports', ...facesOf('reports'), ['GET /api/reports/**', 'R3']),
  ...later('pipeline', 'data pipeline', ...facesOf('pipeline'), ['GET /api/pipeline/**', 'R3']),
  ...later('audit', 'audit trail', ['GET /api/audit/**', 'R3']),
  ...later('monitoring', 'monitoring', ['GET /api/monitoring/**', 'M']),
  ...later('logging', 'central logs', ['GET /api/logging/**', 'M']),
  ...works('registry', ['GET /eureka/apps', 'R3']),
  ...works('config', ['GET /{app}/{profile}', 'R3'], ['POST /actuator/refresh', 'R3']),
  ...later('storefront', 'web pages', ['GET /', 'R0'], ['POST /graphql', 'M'], ['GET /llms.txt', 'M']),
]
