// `npm run docs`: writes the pages under docs/ that are made from the code.
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { generateReference } from './generate.ts'

const root = new URL('../../../', import.meta.url)
await mkdir(new URL('docs/', root), { recursive: true })
for (const [path, text] of await generateReference(root)) {
  const file = new URL(path, root)
  const before = await readFile(file, 'utf8').catch(() => undefined)
  if (before !== text) await writeFile(file, text)
  console.log(`${before === text ? 'unchanged' : 'written  '}  ${path}`)
}
