import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, inject, it } from 'vitest'
import '#kit/testing/global-setup.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))
const built: string[] = []
afterAll(() => Promise.all(built.map((folder) => rm(folder, { recursive: true, force: true }))))

/** The code blocks of a page that begin with their path: `// services/…` or `-- services/…`. */
async function filesOf(page: string): Promise<Map<string, string>> {
  const markdown = await readFile(join(root, page), 'utf8')
  const blocks = [...markdown.matchAll(/^```\w+\n(?:\/\/|--) ((?:contracts|services|processes)\/\S+)\n([\s\S]*?)^```/gm)]
  return new Map(blocks.map(([, path = '', text = '']) => [path, text]))
}

/** What a reader of the page has: the repository, and the page's files in it. */
async function build(files: Map<string, string>): Promise<string> {
  const house = await mkdtemp(join(tmpdir(), 'souk how-to '))
  built.push(house)
  for (const name of ['kit', 'contracts', 'package.json']) await cp(join(root, name), join(house, name), { recursive: true })
  const { compilerOptions } = JSON.parse(await readFile(join(root, 'tsconfig.json'), 'utf8')) as { compilerOptions: object }
  await writeFile(
    join(house, 'tsconfig.json'),
    JSON.stringify({ compilerOptions, include: [...files.keys()].filter((path) => path.endsWith('.ts')) }),
  )
  await symlink(join(root, 'node_modules'), join(house, 'node_modules'))
  for (const [path, text] of files) {
    await mkdir(dirname(join(house, path)), { recursive: true })
    await writeFile(join(house, path), text)
  }
  await writeFile(
    join(house, 'vitest.config.ts'),
    `import { defineConfig } from 'vitest/config'
export default defineConfig({ test: { include: ['services/**/*.test.ts', 'processes/**/*.test.ts'], provide: { postgresUrl: ${JSON.stringify(inject('postgresUrl'))} } } })`,
  )
  return house
}

async function run(house: string, ...args: string[]): Promise<{ code: number; output: string }> {
  const child = spawn(
    process.execPath,
    args.map((arg) => arg.replace(/^node_modules/, join(house, 'node_modules'))),
    {
      cwd: house,
      env: { PATH: process.env.PATH, NO_COLOR: '1' },
    },
  )
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()))
  const [code] = (await once(child, 'close')) as [number]
  return { code, output }
}

describe('the pages on how to add something', () => {
  it.each([
    ['docs/how-to-add-a-service.md', 6],
    ['docs/how-to-add-a-process.md', 6],
  ])(
    '%s: its files pass the type check, and its tests run',
    async (page, count) => {
      const files = await filesOf(page)
      expect(files.size).toBe(count)
      const house = await build(files)
      const [types, tests] = await Promise.all([
        run(house, 'node_modules/typescript/bin/tsc', '--noEmit'),
        run(house, 'node_modules/vitest/vitest.mjs', 'run', '--root', house),
      ])
      expect(types.output).toBe('')
      expect(tests.output).toMatch(/Tests +[1-9]\d* passed/)
      expect(tests.code).toBe(0)
    },
    60_000,
  )
})
