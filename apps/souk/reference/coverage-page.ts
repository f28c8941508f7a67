import type { Access } from '#kit/http/route.ts'
import type { Policy } from '#kit/http/policy.ts'
import { findRoutes } from './find-routes.ts'
import { code, page, table } from './markdown.ts'
import { type ReferenceEndpoint, referenceEndpoints, references } from './reference-endpoints.ts'
import { referenceEvents } from './reference-events.ts'

/** Which endpoints of the references answer today, and who may call them. */
export function coveragePage(routes: readonly Policy[]): string {
  const working = referenceEndpoints.filter(({ state }) => state === 'works')
  const parts = [...Map.groupBy(referenceEndpoints, ({ service }) => service)].map(([service, own]) =>
    [
      `## ${service}`,
      table(
        ['Endpoint', 'From', 'State', 'Who may call it'],
        own.map((endpoint) => [
          code(`${endpoint.method} ${endpoint.path}`),
          endpoint.from.join(', '),
          stateOf(endpoint, routes),
          whoMay(endpoint, routes),
        ]),
      ),
    ].join('\n\n'),
  )
  return page(
    'Coverage',
    `The endpoints that the reference designs name: ${working.length} of ${referenceEndpoints.length} answer, the others wait for services that do not exist yet. A test holds this list against the routes. Whatever is under \`/api/\` is also under \`/api/v1/\`; all addresses there are stand in the OpenAPI document, \`/v3/api-docs\`.`,
    [...Object.entries(references).map(([key, about]) => `- ${key}: ${about}`)].join('\n'),
    'R2 names no address: its words are topics, groups and the connector, see [events](events.md). What R4 asks by gRPC answers gRPC where services run apart or GRPC_PORT is set, and within the process else.',
    ...parts,
    '## Events',
    'Names on other buses (`ORDER_CREATED`, `order-created`, …) come with the drivers of those buses.',
    table(
      ['Event', 'From', 'State', 'Heard by', 'Otherwise than there'],
      referenceEvents.map(({ name, from, state, heardBy, otherwise = '' }) => [
        code(name),
        from.join(', '),
        state === 'works' ? 'works' : `later: ${state.later}`,
        heardBy.join(', '),
        otherwise,
      ]),
    ),
  )
}

function stateOf({ state, ...endpoint }: ReferenceEndpoint, routes: readonly Policy[]): string {
  if (state !== 'works') return `later: ${state.later}`
  return findRoutes(endpoint, routes).length > 0 ? 'works' : '**missing**'
}

function whoMay(endpoint: ReferenceEndpoint, routes: readonly Policy[]): string {
  return [...new Set(findRoutes(endpoint, routes).map(({ access }) => sentence(access)))].join(', ')
}

function sentence(access: Access): string {
  switch (access.kind) {
    case 'anyone':
      return 'anyone'
    case 'signed-in':
      return 'whoever is signed in'
    case 'internal':
      return 'our own services'
    case 'permission':
      return code(access.permission)
    case 'owner':
      return `the owner${access.guests ? ', a guest with the secret' : ''}, or ${code(access.permission)}`
  }
}
