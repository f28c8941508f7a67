import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, it } from 'vitest'
import { findViolations } from './import-graph.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))

describe('the house', () => {
  it('has imports in one direction only: kit <- contracts <- services, processes <- apps', async () => {
    const { modules, violations } = await findViolations(root)
    expect(modules).toBeGreaterThan(50)
    expect(violations).toEqual([])
  }, 120_000)
})

describe('the guard of the house', () => {
  const planted: string[] = []
  afterAll(() => Promise.all(planted.map((folder) => rm(folder, { recursive: true, force: true }))))

  /** A small house of its own, sound but for `files`. */
  async function plant(files: Record<string, string>) {
    const folder = await mkdtemp(join(tmpdir(), 'souk house '))
    planted.push(folder)
    const sound = {
      'package.json': '{"type":"module","imports":{"#kit/*":"./kit/*","#contracts/*":"./contracts/*"}}',
      'kit/clock.ts': 'export const now = (): number => 1',
      'contracts/orders.ts':
        "import { now } from '#kit/clock.ts'\nexport interface Order { at: number }\nexport const at: number = now()",
      'services/orders/service.ts': "import { at } from '#contracts/orders.ts'\nexport const orders = at",
      'services/cart/service.ts': 'export const cart = 1',
      'processes/checkout/checkout.process.ts': 'export const checkout = 1',
      'apps/souk/main.ts': "import { orders } from '../../services/orders/service.ts'\nexport const main: number = orders",
    }
    for (const [path, text] of Object.entries({ ...sound, ...files })) {
      await mkdir(dirname(join(folder, path)), { recursive: true })
      await writeFile(join(folder, path), text)
    }
    return (await findViolations(folder)).violations.map(({ rule, from }) => `${rule}: ${from}`)
  }

  it('is content with a sound house', async () => {
    expect(await plant({})).toEqual([])
  })

  it.each([
    [
      'a service that imports a service',
      'services/cart/add.ts',
      "import { orders } from '../orders/service.ts'\nexport const x = orders",
      'services-know-no-service',
    ],
    [
      'even only its types',
      'services/cart/add.ts',
      "import type { orders } from '../orders/service.ts'\nexport type X = typeof orders",
      'services-know-no-service',
    ],
    [
      'even late',
      'services/cart/add.ts',
      "export const x = async () => await import('../orders/service.ts')",
      'services-know-no-service',
    ],
    [
      'even in a test',
      'services/cart/add.test.ts',
      "import { orders } from '../orders/service.ts'\nexport const x = orders",
      'services-know-no-service',
    ],
    [
      'a service that imports an app',
      'services/cart/add.ts',
      "export * from '../../apps/souk/main.ts'",
      'services-know-no-service',
    ],
    [
      'a kit that knows a contract',
      'kit/db.ts',
      "import type { Order } from '#contracts/orders.ts'\nexport type X = Order",
      'kit-direction',
    ],
    [
      'a contract with a service in it',
      'contracts/cart.ts',
      "import { cart } from '../services/cart/service.ts'\nexport const x = cart",
      'contracts-direction',
    ],
    [
      'a process that reaches into a service',
      'processes/checkout/x.ts',
      "import { cart } from '../../services/cart/service.ts'\nexport const x = cart",
      'processes-know-no-service',
    ],
    [
      'a black-box test that looks inside',
      'tests/e2e/buy.e2e.test.ts',
      "import { cart } from '../../services/cart/service.ts'\nexport const x = cart",
      'black-box-tests',
    ],
    [
      'code that needs test code',
      'services/cart/add.ts',
      "import { x } from './testing/x.ts'\nexport const y: number = x",
      'nobody-imports-tests',
    ],
    [
      'an import that leads nowhere',
      'services/cart/add.ts',
      "import { x } from '#kit/nothing.ts'\nexport const y = x",
      'resolvable',
    ],
  ])('sees %s', async (_what, path, text, rule) => {
    expect(await plant({ [path]: text, 'services/cart/testing/x.ts': 'export const x: number = 1' })).toEqual([
      `${rule}: ${path}`,
    ])
  })

  it('sees two files that import each other', async () => {
    const found = await plant({
      'kit/a.ts': "import { b } from './b.ts'\nexport const a = (): unknown => b",
      'kit/b.ts': "import { a } from './a.ts'\nexport const b = (): unknown => a",
    })
    expect(found).toContain('no-circles: kit/a.ts')
  })
})
