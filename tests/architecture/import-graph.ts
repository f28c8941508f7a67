import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { cruise, type ICruiseResult } from 'dependency-cruiser'

/** Top folders that hold our code, in the direction of imports: each may use what stands before it. */
export const topFolders = ['kit', 'contracts', 'services', 'processes', 'apps', 'tests', 'bench'] as const

const anything = '^(kit|contracts|services|processes|apps|tests|bench)/'

const testCode = '^(tests|bench)/|[.](test|contract|fixture)[.]ts$|/testing(/|[.]ts$)'

/** The direction of the house: kit <- contracts <- services, processes <- apps. */
const rules = [
  only('kit', [], 'kit is technique: it knows no word of commerce'),
  only('contracts', ['kit'], 'contracts are the words services share; they use the kit and nothing else'),
  {
    name: 'services-know-no-service',
    comment: 'a service talks to another through contracts only',
    severity: 'error' as const,
    from: { path: '^services/([^/]+)/' },
    to: { path: anything, pathNot: '^(kit|contracts|services/$1)/' },
  },
  {
    name: 'processes-know-no-service',
    comment: 'a process is pure and speaks through contracts',
    severity: 'error' as const,
    from: { path: '^processes/([^/]+)/' },
    to: { path: anything, pathNot: '^(kit|contracts|processes/$1)/' },
  },
  {
    name: 'black-box-tests',
    comment: 'end-to-end tests know the platform by HTTP alone',
    severity: 'error' as const,
    from: { path: '^tests/e2e/' },
    to: { path: '^(services|processes|apps)/' },
  },
  {
    name: 'nobody-imports-tests',
    comment: 'test code stays out of what runs',
    severity: 'error' as const,
    from: { path: anything, pathNot: testCode },
    to: { path: `${testCode}|^node_modules/vitest/` },
  },
  {
    name: 'no-circles',
    comment: 'two files that import each other are one file; types may',
    severity: 'error' as const,
    from: {},
    to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only' as const] } },
  },
  {
    name: 'resolvable',
    comment: 'an import that leads nowhere',
    severity: 'error' as const,
    from: {},
    to: { couldNotResolve: true },
  },
]

function only(folder: string, allowed: readonly string[], comment: string) {
  return {
    name: `${folder}-direction`,
    comment,
    severity: 'error' as const,
    from: { path: `^${folder}/` },
    to: { path: anything, pathNot: `^(${[folder, ...allowed].join('|')})/` },
  }
}

export interface Violation {
  readonly rule: string
  readonly from: string
  readonly to: string
}

/**
 * Reads every import below `root`, type imports and literal `import()` too, and returns what breaks the direction. Parsed by
 * swc: with TypeScript 7 installed and no swc, dependency-cruiser reads no TypeScript at all and is content.
 */
export async function findViolations(root: string): Promise<{ modules: number; violations: Violation[] }> {
  const folders = topFolders.filter((folder) => existsSync(join(root, folder)))
  const { output } = await cruise(folders, {
    baseDir: root,
    parser: 'swc',
    tsPreCompilationDeps: true,
    moduleSystems: ['es6'],
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^apps/(storefront|admin|mobile)/' },
    enhancedResolveOptions: {
      extensions: ['.ts', '.mjs', '.js'],
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
    },
    validate: true,
    ruleSet: { forbidden: rules },
  })
  const result = output as ICruiseResult
  return {
    modules: result.modules.filter((module) => !module.coreModule && !module.source.startsWith('node_modules')).length,
    violations: result.summary.violations.map(({ rule, from, to }) => ({ rule: rule.name, from, to })),
  }
}
