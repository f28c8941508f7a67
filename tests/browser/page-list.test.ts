import { matchRoutes, type RouteObject } from 'react-router'
import { describe, expect, it } from 'vitest'
import { filled, PAGE_LIST } from './page-list.ts'

interface Declared {
  readonly file: string
  readonly path?: string | undefined
  readonly index?: boolean | undefined
  readonly children?: readonly Declared[] | undefined
}

/** By address, because both faces are JSX, which the types of the tests do not know. */
const declaredBy = async <T>(file: string): Promise<T> => (await import(new URL(file, import.meta.url).href)) as T
const { default: routes } = await declaredBy<{ default: Declared[] }>('../../apps/storefront/app/routes.ts')
const { SCREENS } = await declaredBy<{ SCREENS: { path: string }[] }>('../../apps/admin/src/screens.ts')

const routesOf = (declared: readonly Declared[]): RouteObject[] =>
  declared.map(({ file, path, index, children }) =>
    index ? { id: file, index: true } : { path, handle: file, children: routesOf(children ?? []) },
  )
const filesOf = (declared: readonly Declared[]): string[] =>
  declared.flatMap(({ file, children }) => [...(file.endsWith('.tsx') ? [file] : []), ...filesOf(children ?? [])])
const addresses = PAGE_LIST.map(({ path }) => path.replace(/\?.*/, ''))

describe('the list of pages', () => {
  it('has every page of the storefront', () => {
    const known = routesOf(routes)
    const looked = new Set(
      addresses.flatMap((path) =>
        (matchRoutes(known, path) ?? []).map(({ route }) => (route.index ? route.id : (route.handle as string))),
      ),
    )
    expect([...new Set(filesOf(routes))].filter((file) => !looked.has(file))).toEqual([])
  })

  it('has every screen of the admin', () => {
    const known = SCREENS.map(({ path }) => ({ path: `/admin${path}` }))
    const looked = new Set(addresses.map((path) => matchRoutes(known, path)?.at(-1)?.route.path))
    expect(known.map(({ path }) => path).filter((path) => !looked.has(path))).toEqual([])
  })

  it('names each page once', () => {
    expect(PAGE_LIST.length).toBe(new Set(PAGE_LIST.map(({ name }) => name)).size)
  })

  it('fills addresses with what is known, and says what is not', () => {
    expect(filled('/orders/{order}?token={secret}', { order: '7', secret: 'a/b' })).toBe('/orders/7?token=a%2Fb')
    expect(() => filled('/orders/{order}', {})).toThrow('{order}')
  })
})
