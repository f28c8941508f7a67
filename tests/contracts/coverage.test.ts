import { afterAll, describe, expect, it } from 'vitest'
import { listPolicies } from '#kit/http/policy.ts'
import { assemble } from '../../apps/souk/reference/assemble.ts'
import { findRoutes } from '../../apps/souk/reference/find-routes.ts'
import { eventConsumers } from '../../apps/souk/reference/event-consumers.ts'
import { referenceEndpoints } from '../../apps/souk/reference/reference-endpoints.ts'
import { referenceEvents } from '../../apps/souk/reference/reference-events.ts'

describe('S30: the endpoints of the reference designs', async () => {
  const assembly = await assemble(new URL('../../', import.meta.url))
  const routes = listPolicies(assembly.app)
  afterAll(() => assembly.close())

  it('answer where we say that they work', () => {
    const silent = referenceEndpoints.filter(
      (endpoint) => endpoint.state === 'works' && findRoutes(endpoint, routes).length === 0,
    )
    expect(silent.map(({ method, path }) => `${method} ${path}`)).toEqual([])
  })

  it('understand the query that the references write', () => {
    const all = assembly.host.services.flatMap((service) => service.routes)
    const deaf = referenceEndpoints.filter((endpoint) => {
      const name = endpoint.path.split('?')[1]
      const [found] = findRoutes(endpoint, routes)
      if (!name || !found) return false
      const query = all.find(({ method, path }) => method === found.method && path === found.path)?.spec.query
      return !Object.hasOwn((query as { properties?: object } | undefined)?.properties ?? {}, name)
    })
    expect(deaf.map(({ method, path }) => `${method} ${path}`)).toEqual([])
  })

  it('do not answer yet where we say later; once they do, the table is to be corrected', () => {
    const early = referenceEndpoints.filter((endpoint) => endpoint.state !== 'works' && findRoutes(endpoint, routes).length > 0)
    expect(early.map(({ method, path }) => `${method} ${path}`)).toEqual([])
  })

  it('stand in the table once', () => {
    const names = referenceEndpoints.map(({ method, path }) => `${method} ${path}`)
    expect(names).toEqual([...new Set(names)])
  })

  it('are told apart: a fixed word is not a parameter, a root needs its slash, a method is not another', () => {
    const route = (method: string, path: string) => ({ method, path }) as (typeof routes)[number]
    const found = (endpoint: string, own: string) => {
      const [method, path] = endpoint.split(' ') as ['GET', string]
      const [ourMethod, ourPath] = own.split(' ') as [string, string]
      return findRoutes({ method, path }, [route(ourMethod, ourPath)]).length === 1
    }
    expect(found('GET /api/products/search', 'GET /api/products/:id')).toBe(false)
    expect(found('GET /api/products/{id}', 'GET /api/products/:slug')).toBe(true)
    expect(found('PUT /api/orders/{id}/cancel', 'POST /api/orders/:id/cancel')).toBe(false)
    expect(found('GET /api/v1/products', 'GET /api/products')).toBe(true)
    expect(found('GET /api/users/', 'GET /api/users')).toBe(false)
    expect(found('GET /api/audit/**', 'GET /api/audit/entities/:id')).toBe(true)
    expect(found('GET /api/audit/**', 'GET /api/auditors')).toBe(false)
  })
})

describe('the events of the reference designs', async () => {
  const { host, processes, close } = await assemble(new URL('../../', import.meta.url))
  afterAll(close)
  const published = host.services.flatMap(({ service }) => service.publishes?.map(({ type }) => type) ?? [])
  const versionsOf = (name: string) => published.filter((type) => type.startsWith(`${name}.v`))

  it('are published where we say that they work, and not yet where we say later', () => {
    const wrong = referenceEvents.filter(({ name, state }) => (state === 'works') !== versionsOf(name).length > 0)
    expect(wrong.map(({ name }) => name)).toEqual([])
  })

  it('are heard by those of whom we say so', () => {
    const consumers = eventConsumers({ host, processes })
    const deaf = referenceEvents.flatMap(({ name, heardBy }) => {
      const heard = versionsOf(name).flatMap((type) => {
        const { services = [], flows = [] } = consumers.get(type) ?? {}
        return [...services, ...flows.map((flow) => `flow ${flow}`)]
      })
      return heardBy.filter((who) => !heard.includes(who)).map((who) => `${who} does not hear ${name}`)
    })
    expect(deaf).toEqual([])
  })
})
