import { readFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { generateReference } from '../../apps/souk/reference/generate.ts'

const root = new URL('../../', import.meta.url)

describe('the generated pages', async () => {
  const pages = await generateReference(root)

  it.each([...pages.keys()])('%s says what the code says', async (path) => {
    const committed = await readFile(new URL(path, root), 'utf8').catch(() => '')
    expect(committed === pages.get(path), `${path} is out of date: run \`npm run docs\` and commit it`).toBe(true)
  })
})
