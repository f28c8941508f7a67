import { readFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { generateReference } from '../../apps/souk/reference/generate.ts'

const root = new URL('../../', import.meta.url)

describe('the generated pages', async () => {
  const { files } = await generateReference(root)

  it.each([...files.keys()].filter((path) => path.startsWith('docs/')))('%s says what the code says', async (path) => {
    const committed = await readFile(new URL(path, root), 'utf8').catch(() => '')
    expect(committed === files.get(path), `${path} is out of date: run \`npm run docs\` and commit it`).toBe(true)
  })
})
