#!/usr/bin/env node
// `npm test`, `npm run check | docs | e2e | browser | audit:pages | screenshots | security | sim | bench | eval:search | chaos | mutants`: as souk.mjs, with the development packages.
import { spawn } from 'node:child_process'
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { BootstrapError, chooseNode, ensureInstalled, entry, root, whenEnded } from './bootstrap.mjs'

/** Real engines some suites want, `*.<engine>.test.ts`, and the variable with the URL of each. */
const engines = JSON.parse(readFileSync(join(root, 'bin/engines.json'), 'utf8'))

const vitest = 'node_modules/vitest/vitest.mjs'
const commands = {
  install: { summary: 'installs what package-lock.json asks for, nothing else', run: async () => 0 },
  test: {
    summary: 'unit, integration, architecture and contract tests; arguments go to vitest',
    run: (args) => {
      for (const [engine, url] of Object.entries(engines))
        console.log(`The suites against a real ${engine} are run by \`npm run engines\` with ${url}.`)
      return tests(['--project', 'unit', '--project', 'integration', ...args])
    },
  },
  engines: {
    summary: 'suites against the real engines whose URL is set, or those of them whose path contains a NAME',
    run: async (args) => {
      if (Object.values(engines).some((variable) => process.env[variable])) return await tests(['--project', 'engines', ...args])
      console.error(`No engine is named. Set ${Object.values(engines).join(' or ')}.`)
      return 2
    },
  },
  check: {
    summary: 'format, lint, types, architecture; --fix writes what can be mended',
    run: async (args) => {
      const steps = {
        'format and lint': ['node_modules/@biomejs/biome/bin/biome', 'check', ...(args.includes('--fix') ? ['--write'] : [])],
        types: ['node_modules/typescript/bin/tsc', '--noEmit'],
        'storefront types': ['bin/face-types.mjs', 'storefront'],
        'admin types': ['node_modules/typescript/bin/tsc', '--noEmit', '-p', 'apps/admin'],
        architecture: [vitest, 'run', '--project', 'unit', '--reporter=dot', 'tests/architecture/'],
      }
      const failed = []
      for (const [name, step] of Object.entries(steps)) {
        const startedAt = Date.now()
        const code = await node(step)
        if (code !== 0) failed.push(name)
        console.log(`check: ${name} ${code === 0 ? 'ok' : 'FAILED'} (${((Date.now() - startedAt) / 1000).toFixed(1)} s)`)
      }
      if (failed.length > 0) console.error(`check: failed: ${failed.join(', ')}`)
      return failed.length > 0 ? 1 : 0
    },
  },
  docs: {
    summary: 'writes the generated references under docs/',
    run: (args) => node(['apps/souk/reference/write.ts', ...args]),
  },
  e2e: {
    summary: 'black-box tests of the running platform; --topology together|apart|mixed, --events relay|cdc|both, --json',
    needs: 'tests/e2e/run.ts',
    run: (args) => node(['tests/e2e/run.ts', ...args]),
  },
  browser: {
    summary: 'the shop in a real browser; wants Chromium',
    needs: 'tests/browser',
    run: (args) => tests(['--project', 'browser', ...args]),
  },
  'audit:pages': {
    summary: 'Lighthouse and axe on the pages of the demo shop, one line a page; --json',
    needs: 'tests/browser/audit-pages.ts',
    run: (args) => node(['tests/browser/audit-pages.ts', ...args]),
  },
  screenshots: {
    summary: 'every page of the demo shop at two widths, light and dark; FOLDER, --only NAME, --png',
    needs: 'tests/browser/screenshots.ts',
    run: (args) => node(['tests/browser/screenshots.ts', ...args]),
  },
  security: {
    summary: 'attacks on a running shop; NAME and --json go to the runner',
    needs: 'tests/security/run.ts',
    run: (args) => node(['tests/security/run.ts', ...args]),
  },
  sim: {
    summary: 'simulates seeds: --seeds N, --seed S (its history), --mutants, --json',
    needs: 'tests/sim/run.ts',
    run: (args) => node(['tests/sim/run.ts', ...args]),
  },
  bench: {
    summary: 'measurements; NAME and --json go to the driver',
    needs: 'bench/run.ts',
    run: (args) => node(['bench/run.ts', ...args]),
  },
  'eval:search': {
    summary: 'how often misspelt questions find the right product; FILE and --json go to the driver',
    needs: 'bench/eval-search.ts',
    run: (args) => node(['bench/eval-search.ts', ...args]),
  },
  chaos: {
    summary: 'faults on purpose while people buy; NAME, --list, report, --json go to the driver',
    needs: 'tests/chaos/run.ts',
    run: (args) => node(['tests/chaos/run.ts', ...args]),
  },
  mutants: {
    summary: 'breaks every guard once, in a copy, and wants a test to notice; --json',
    needs: 'tests/mutants/run.ts',
    run: (args) => node(['tests/mutants/run.ts', ...args]),
  },
}

/** Runs Node in the clone, returns the exit code; a signal counts as 128 + its usual number. */
async function node(args) {
  const path = chooseNode()
  const env = { ...process.env, PATH: `${dirname(path)}${delimiter}${process.env.PATH ?? ''}` }
  const { code, signal, error } = await whenEnded(spawn(path, args, { cwd: root, stdio: 'inherit', env }))
  if (error) throw new BootstrapError(`cannot start ${path}: ${error.message}`)
  return signal ? ({ SIGINT: 130, SIGKILL: 137, SIGTERM: 143 }[signal] ?? 1) : code
}

/** Runs vitest and ends with one plain line that any tool can read. */
async function tests(args) {
  const results = join(tmpdir(), `souk-tests-${process.pid}.json`)
  const code = await node([vitest, 'run', '--reporter=default', '--reporter=json', `--outputFile.json=${results}`, ...args])
  if (existsSync(results)) {
    const report = JSON.parse(readFileSync(results, 'utf8'))
    // a file that does not even load has no tests of its own to fail
    const broken = report.testResults.filter(
      (file) => file.status === 'failed' && !file.assertionResults.some((test) => test.status === 'failed'),
    )
    console.log(`tests: ${report.numPassedTests} passed, ${report.numFailedTests + broken.length} failed`)
    rmSync(results, { force: true })
  }
  return code
}

await entry(async () => {
  const [name = '', ...args] = process.argv.slice(2)
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined
  if (!command) {
    console.error(
      `usage: node bin/dev.mjs <command>\n${Object.entries(commands)
        .map(([key, { summary }]) => `  ${key.padEnd(8)} ${summary}`)
        .join('\n')}`,
    )
    process.exit(name === '' || name === '--help' ? 0 : 2)
  }
  if (command.needs && !existsSync(join(root, command.needs)))
    throw new BootstrapError(`${command.needs} does not exist yet, so there is nothing to run.`)
  await ensureInstalled({ dev: true })
  process.exit(await command.run(args))
})
