import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const root = fileURLToPath(new URL('../../', import.meta.url))
const notOurs = new Set(['node_modules', '.git', '.souk', 'coverage', 'dist', 'build'])

function pagesIn(folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    if (notOurs.has(entry.name)) return []
    if (entry.isDirectory()) return pagesIn(`${folder}${entry.name}/`)
    return entry.name.endsWith('.md') ? [`${folder}${entry.name}`] : []
  })
}
const pages = pagesIn('')
const read = (path: string) => readFileSync(join(root, path), 'utf8')

/** Without code blocks: what stands there is not read as links or headings. */
const prose = (path: string) => read(path).replaceAll(/^```[\s\S]*?^```/gm, '')

/** As forges make it: lower case, without punctuation, blanks become dashes. */
const anchorOf = (heading: string) =>
  heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-')

function anchorsOf(path: string): Set<string> {
  const text = prose(path)
  const headings = [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => anchorOf(heading.trim()))
  return new Set([...headings, ...[...text.matchAll(/<a id="([^"]+)">/g)].map(([, id = '']) => id)])
}

describe('the pages', () => {
  it.each(pages)('%s leads nowhere that is not there', (page) => {
    const broken = [...prose(page).matchAll(/\]\(([^)\s]+)\)/g)].flatMap(([, target = '']) => {
      if (/^[a-z]+:/.test(target)) return []
      const [path = '', anchor] = target.split('#')
      const file = path === '' ? page : normalize(join(dirname(page), path))
      if (!existsSync(join(root, file))) return [target]
      return anchor !== undefined && file.endsWith('.md') && !anchorsOf(file).has(anchor) ? [target] : []
    })
    expect(broken).toEqual([])
  })

  it('AGENTS.md points at files that are there', () => {
    const named = [...read('AGENTS.md').matchAll(/`((?:services|contracts|processes|kit|tests|bench|apps)\/[^`*…]+)`/g)].map(
      ([, path = '']) => path,
    )
    expect(named.length).toBeGreaterThan(15)
    expect(named.filter((path) => !existsSync(join(root, path)))).toEqual([])
  })
})
