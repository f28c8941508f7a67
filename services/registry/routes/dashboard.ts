import { type Deps, READ } from '../deps.ts'
import { dashboardPage } from '../dashboard.ts'
import { get, programOr, Reply, type Route } from '#kit/http/route.ts'

/** The page for people. */
export function dashboardRoute({ fleet }: Deps): Route {
  return get(
    '/eureka',
    { access: programOr(READ), summary: 'Who runs where, as a page', produces: 'text/html; charset=utf-8' },
    async () =>
      new Reply(
        dashboardPage({
          entries: fleet.entries(),
          census: fleet.census,
          renewals: fleet.renewals(),
          stored: fleet.stored,
          now: Date.now(),
        }),
        {
          headers: {
            'content-security-policy':
              "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
            'cache-control': 'no-store',
          },
        },
      ),
  )
}
