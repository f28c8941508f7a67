import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { expectStatus } from '../../e2e/client.ts'
import { openShop, type Shop } from '../../e2e/shop.ts'
import { type Inside, lookInside } from '../inside.ts'
import { type Makers, makers, type Owned, type OwnedKind, PIXEL } from '../objects.ts'
import { administrator, apiKey, disabled, expired, halfSignedIn, newCustomer, newStaff, nobody, type Person } from '../people.ts'
import {
  exceptionFor,
  exceptions,
  expected,
  guestsMayAsk,
  labelOf,
  type ListedRoute,
  type Outcome,
  type Relation,
} from './expected.ts'
import { nobodysOwn, specimens } from './specimens.ts'

let shop: Shop
let inside: Inside
let routes: ListedRoute[]
let make: Makers
const people = new Map<string, Person>()
const used = new Set<string>()
const figures = { requests: 0 }
const NAMES = [
  'anonymous',
  'expired token',
  'MFA pending',
  'disabled',
  'customer B',
  'seller',
  'warehouse',
  'catalog',
  'finance',
  'operations',
  'support',
  'customer A',
  'admin',
  'API key',
]

beforeAll(async () => {
  shop = await openShop({
    DELIVERY_SIMULATED_DISPATCH_MS: '100',
    DELIVERY_SIMULATED_DELIVER_MS: '100',
    // made without a browser, on a page of this name
    AUTH_PASSKEY_RP_ID: 'shop.example',
    AUTH_PASSKEY_ORIGINS: 'https://shop.example',
    // a review without waiting for a parcel
    REVIEWS_WRITERS: 'members',
    REVIEWS_WRITES_PER_DAY: '10000',
  })
  inside = await lookInside(shop)
  const admin = await administrator(shop)
  const customer = await newCustomer(shop, 'customer A')
  const seller = await newStaff(shop, admin, 'SELLER')
  const staff = await Promise.all(
    ['SUPPORT', 'WAREHOUSE', 'CATALOG', 'FINANCE', 'OPERATIONS'].map((role) => newStaff(shop, admin, role)),
  )
  for (const person of [
    nobody(shop),
    customer,
    await newCustomer(shop, 'customer B'),
    admin,
    seller,
    ...staff,
    await expired(shop, inside),
    await halfSignedIn(shop),
    await disabled(shop, admin),
    await apiKey(shop, admin, ['orders:read-any', 'users:read-any', 'products:write', 'inventory:write']),
  ])
    people.set(person.name, person)
  make = makers(shop, { admin, customer, seller })
  routes = expectStatus(await admin.client.get('/actuator/gateway/routes'), 200).body.routes
  const { paths } = expectStatus(await admin.client.get('/v3/api-docs'), 200).body
  for (const route of routes) {
    const operation = paths[route.path.replace(/:(\w+)/g, '{$1}')]?.[route.method.toLowerCase()]
    if (operation?.security?.some((one: object) => Object.keys(one).length === 0)) guestsMayAsk.add(labelOf(route))
  }
}, 90_000)
afterAll(async () => {
  await inside?.end()
  await shop?.remove()
})

/** What stands for a parameter that names nothing that belongs to anybody. */
const MISSING: Record<string, string> = { number: 'ORD-2222222222', component: 'orders', name: 'flows' }
const NOWHERE = '01890000-0000-7000-8000-00000000dead'
const kept = new Map<OwnedKind, Promise<Owned>>()
function keep(kind: OwnedKind): Promise<Owned> {
  const thing = kept.get(kind) ?? make[kind]()
  kept.set(kind, thing)
  return thing
}

const pathOf = (route: ListedRoute, params: Readonly<Record<string, string>>): string =>
  route.path.replace(/:(\w+)/g, (_, name: string) => encodeURIComponent(params[name] ?? MISSING[name] ?? NOWHERE))

interface Answer {
  readonly status: number
  readonly body: string
  readonly code: string
}

async function ask(person: Person, route: ListedRoute, path: string, body: unknown): Promise<Answer> {
  figures.requests += 1
  const upload = /^POST .*\/(images|pictures)$/.test(labelOf(route))
  const answer = await fetch(`${shop.url}${path}`, {
    method: route.method,
    redirect: 'manual',
    headers: {
      ...(person.authorization ? { authorization: person.authorization } : {}),
      ...(upload ? { 'content-type': 'image/png' } : body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(upload ? { body: PIXEL } : body === undefined ? {} : { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(20_000),
  })
  const text = await answer.text()
  const isProblem = answer.headers.get('content-type')?.startsWith('application/problem+json') ?? false
  return { status: answer.status, body: text, code: isProblem ? JSON.parse(text).code : '' }
}

/** An answer without what differs from request to request: the ids that were asked for, and the trace. */
function bare(answer: Answer): string {
  return answer.body
    .replace(/"traceId":"[^"]*"/, '')
    .replace(/"instance":"[^"]*"/, '')
    .replace(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|ORD-\w{10}/gi, '<id>')
}

function fits(answer: Answer, outcome: Outcome, relation: Relation): boolean {
  if (answer.status >= 500) return false
  if (outcome !== 'in') return answer.status === outcome
  if (answer.status === 401 || answer.status === 403) return false
  if (answer.status !== 404) return true
  return relation === 'nothing' && answer.code !== 'http/no-such-route'
}

interface Case {
  readonly route: ListedRoute
  readonly relation: Relation
  readonly path: string
  readonly body: unknown
  readonly as: Person
}

/** What this person tries on this route: their own thing, somebody else's, one that is not there. */
async function casesFor(route: ListedRoute, person: Person): Promise<Case[]> {
  const specimen = specimens[labelOf(route)]
  if (!specimen) {
    // Staff and public routes: an impossible body shows who gets in without doing anything.
    const body = route.method === 'GET' ? undefined : { 'no-such-field': true }
    return [{ route, relation: 'nothing', path: pathOf(route, {}), body, as: person }]
  }
  const { kind, body, query = '', consumes } = specimen
  const standing = await keep(kind)
  const at = (thing: Owned, relation: Relation, as: Person): Case => ({
    route,
    relation,
    path: pathOf(route, thing.params) + query,
    body,
    as,
  })
  const missing: Case = { route, relation: 'missing', path: pathOf(route, {}) + query, body, as: person }
  const own = person.name === standing.owner.name || (standing.owner.name === 'themselves' && person.name === 'customer A')
  if (own) {
    const thing = consumes ? await make[kind]() : standing
    return [missing, at(thing, 'own', thing.owner)]
  }
  const mayAnyway = consumes && expected(route, person, "other's") === 'in'
  return [missing, at(mayAnyway ? await make[kind]() : standing, "other's", person)]
}

describe('S1: every route asks who it is', () => {
  it('and says so: each has a declared access, and each thing that belongs to somebody is tried here', () => {
    const kinds = new Set(routes.map((route) => route.access.split(' ')[0]))
    expect([...kinds].sort()).toEqual(['anyone', 'internal', 'owner', 'permission', 'signed-in'])
    const untried = routes.filter(
      (route) =>
        /^(owner|signed-in)/.test(route.access) &&
        route.path.includes(':') &&
        !specimens[labelOf(route)] &&
        !nobodysOwn.has(labelOf(route)),
    )
    expect(untried.map(labelOf), 'add them to specimens.ts').toEqual([])
    const labels = new Set(routes.map(labelOf))
    const gone = [...Object.keys(specimens), ...nobodysOwn, ...exceptions.map(({ route }) => route)].filter(
      (label) => !labels.has(label),
    )
    expect(gone, 'they are no routes any more').toEqual([])
  })

  it.each(NAMES)(
    '%s gets where the declared access says, and no further',
    async (name) => {
      const person = people.get(name) as Person
      const wrong: string[] = []
      for (const route of routes) {
        if (route.path.includes('/swagger-ui')) continue
        const label = labelOf(route)
        const cases = await casesFor(route, person)
        const answers = new Map<Relation, Answer>()
        for (const one of cases) {
          const exception = exceptionFor(label, person, one.relation)
          if (exception) used.add(exception.why)
          const outcome = exception?.outcome ?? expected(route, person, one.relation)
          const answer = await ask(one.as, route, one.path, one.body)
          answers.set(one.relation, answer)
          if (!fits(answer, outcome, one.relation))
            wrong.push(`${label} (${one.relation}): expected ${outcome}, got ${answer.status} ${answer.code}`)
        }
        const other = answers.get("other's")
        const missing = answers.get('missing')
        if (expected(route, person, "other's") === 404 && other && missing && bare(other) !== bare(missing))
          wrong.push(`${label}: somebody else's thing can be told from a missing one: ${bare(other)} / ${bare(missing)}`)
      }
      expect(wrong).toEqual([])
    },
    120_000,
  )

  it('and no exception is left over', ({ task }) => {
    expect(exceptions.filter(({ why }) => !used.has(why))).toEqual([])
    Object.assign(task.meta, {
      figures: { routes: routes.length, people: NAMES.length, requests: figures.requests, exceptions: exceptions.length },
    })
  })
})
