// `npm run docs`: writes the pages and schemas that are made from the code. `--breaking` publishes schemas that break their readers.
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { breakingChanges } from './event-schemas.ts'
import { generateReference, publishedSchemas } from './generate.ts'

const root = new URL('../../../', import.meta.url)
const { files, events, consumers } = await generateReference(root)
const published = await publishedSchemas(root)
const broken = breakingChanges(events, published, consumers)
if (broken.length > 0 && !process.argv.includes('--breaking')) {
  console.error(`These events would break their readers; nothing was written:\n${broken.map((line) => `  - ${line}`).join('\n')}`)
  console.error('Only before a first release: `npm run docs -- --breaking`.')
  process.exit(1)
}
for (const [path, text] of files) {
  const file = new URL(path, root)
  await mkdir(new URL('.', file), { recursive: true })
  const before = await readFile(file, 'utf8').catch(() => undefined)
  if (before === text) continue
  await writeFile(file, text)
  console.log(`written  ${path}`)
}
for (const path of published.keys()) {
  if (files.has(path)) continue
  await rm(new URL(path, root))
  console.log(`removed  ${path}`)
}
console.log(`${files.size} files are up to date`)
