import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import Type from 'typebox'
import { etagOfBytes } from './etag.ts'
import { errors } from './errors.ts'
import { type ApiInfo, openApiDocument } from './openapi.ts'
import type { Policy } from './policy.ts'
import { errorPage } from './error-page.ts'
import { anyone, can, get, Reply, type Route } from './route.ts'
import { PAGE_POLICY } from './security-headers.ts'
import type { Circuit } from '#kit/balance/circuits.ts'

export interface ApiService {
  readonly name: string
  readonly summary?: string | undefined
  readonly routes: readonly Route[]
}

/** Made at first use, kept as bytes with its tag. */
function once(make: () => string): () => { bytes: Buffer; etag: string } {
  let made: { bytes: Buffer; etag: string } | undefined
  return () => {
    if (!made) {
      const bytes = Buffer.from(make())
      made = { bytes, etag: etagOfBytes(bytes) }
    }
    return made
  }
}

const JSON_TYPE = 'application/json; charset=utf-8'
const ServiceRoot = Type.Object({ name: Type.String(), summary: Type.String(), links: Type.Record(Type.String(), Type.String()) })

const RouteLine = Type.Object({
  service: Type.String(),
  method: Type.String(),
  path: Type.String(),
  access: Type.String(),
  summary: Type.String(),
})

/** Files of Swagger UI that the page loads, from the npm package: nothing comes from another host. */
const ASSETS: Record<string, string> = {
  'swagger-ui.css': 'text/css; charset=utf-8',
  'swagger-ui-bundle.js': 'text/javascript; charset=utf-8',
  'favicon-32x32.png': 'image/png',
}

const page = (title: string) => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<link rel="stylesheet" href="/swagger-ui/swagger-ui.css">
<link rel="icon" href="/swagger-ui/favicon-32x32.png">
</head>
<body>
<div id="swagger-ui"></div>
<script src="/swagger-ui/swagger-ui-bundle.js"></script>
<script src="/swagger-ui/start.js"></script>
</body>
</html>
`

/** One script for every page: the document's address follows from the page's own. */
const START = `const service = /^\\/api\\/([^/]+)\\/swagger-ui\\//.exec(location.pathname)?.[1]
window.ui = SwaggerUIBundle({
  url: service ? '/api/' + service + '/v3/api-docs' : '/v3/api-docs',
  dom_id: '#swagger-ui',
  deepLinking: true,
  tryItOutEnabled: true,
  validatorUrl: null,
})
`

const html = (text: () => string) => {
  const made = once(text)
  return async () => {
    const { bytes, etag } = made()
    return new Reply(bytes, {
      headers: { etag, 'content-security-policy': PAGE_POLICY, 'cross-origin-opener-policy': 'same-origin' },
    })
  }
}

function asset(name: string): Route {
  let made: { bytes: Buffer; etag: string } | undefined
  return get(
    `/swagger-ui/${name}`,
    { access: anyone, summary: `Swagger UI: ${name}`, produces: ASSETS[name] as string },
    async () => {
      if (!made) {
        const folder = join(dirname(createRequire(import.meta.url).resolve('@fastify/swagger-ui')), 'static')
        const bytes = readFileSync(join(folder, name))
        made = { bytes, etag: etagOfBytes(bytes) }
      }
      return new Reply(made.bytes, { headers: { etag: made.etag, 'cache-control': 'public, max-age=86400' } })
    },
  )
}

const CircuitLine = Type.Object({
  service: Type.String(),
  state: Type.Union([Type.Literal('closed'), Type.Literal('half-open'), Type.Literal('open')]),
  instances: Type.Integer(),
  open: Type.Integer({ description: 'instances that get no requests at the moment' }),
})

/** OpenAPI documents, their pages, the root answer of each service and the route listing. */
export function documentationRoutes(
  services: readonly ApiService[],
  info: ApiInfo,
  policies: () => readonly Policy[],
  circuits?: () => readonly Circuit[],
): Route[] {
  const document = (path: string, chosen: readonly ApiService[], title?: string): Route => {
    const made = once(() => JSON.stringify(openApiDocument(chosen, { ...info, title: title ?? info.title })))
    return get(path, { access: anyone, summary: 'OpenAPI 3.1 document', produces: JSON_TYPE }, async () => {
      const { bytes, etag } = made()
      return new Reply(bytes, { headers: { etag } })
    })
  }
  const routes: Route[] = [
    document('/v3/api-docs', services),
    get(
      '/swagger-ui.html',
      { access: anyone, summary: 'API documentation to click through', produces: 'text/html; charset=utf-8' },
      html(() => page('API')),
    ),
    get(
      '/docs/errors',
      { access: anyone, summary: 'Every error code, with what it means', produces: 'text/html; charset=utf-8' },
      html(errorPage),
    ),
    get(
      '/swagger-ui/start.js',
      { access: anyone, summary: 'Swagger UI: start', produces: 'text/javascript; charset=utf-8' },
      html(() => START),
    ),
    ...Object.keys(ASSETS).map(asset),
    get(
      '/actuator/gateway/routes',
      {
        access: can('gateway:read'),
        summary: 'Every route with who may call it, and whether the services that run elsewhere answer',
        response: Type.Object({ routes: Type.Array(RouteLine), circuits: Type.Array(CircuitLine) }),
        errors: [errors.unauthenticated, errors.forbidden],
      },
      async () => ({
        routes: policies().map(({ access, ...line }) => ({
          ...line,
          access: 'permission' in access ? `${access.kind} ${access.permission}` : access.kind,
        })),
        circuits: [...(circuits?.() ?? [])],
      }),
    ),
  ]
  for (const service of services) {
    const { name } = service
    const base = `/api/${name}`
    const links = {
      api: base,
      openapi: `${base}/v3/api-docs`,
      documentation: `${base}/swagger-ui/index.html`,
      health: '/actuator/health',
    }
    const root = get(
      `${base}/`,
      { access: anyone, summary: `What ${name} is and where to go from here`, response: ServiceRoot },
      async () => ({
        name,
        summary: service.summary ?? '',
        links,
      }),
    )
    const taken = new Set(service.routes.map((route) => `${route.method} ${route.path}`))
    for (const route of [
      root,
      document(`${base}/v3/api-docs`, [service], name),
      get(
        `${base}/swagger-ui/index.html`,
        { access: anyone, summary: `API documentation of ${name}`, produces: 'text/html; charset=utf-8' },
        html(() => page(name)),
      ),
    ]) {
      if (!taken.has(`${route.method} ${route.path}`)) routes.push(route)
    }
  }
  return routes
}
