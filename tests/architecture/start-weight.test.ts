import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'

const root = new URL('../../', import.meta.url)

/** Packages that a process loads when it imports `entry` and all services and processes. */
async function packagesOf(entry: string): Promise<string[]> {
  const script = `
    import { registerHooks } from 'node:module'
    const packages = new Set()
    registerHooks({ load(url, context, next) {
      const name = /node_modules\\/((?:@[^/]+\\/)?[^/]+)/.exec(url)?.[1]
      if (name) packages.add(name)
      return next(url, context)
    } })
    const root = ${JSON.stringify(root.href)}
    await import(new URL(${JSON.stringify(entry)}, root).href)
    const { loadProcesses, loadServices } = await import(new URL('apps/souk/load.ts', root).href)
    await loadServices({ root: new URL(root) })
    await loadProcesses(new URL(root))
    console.log(JSON.stringify([...packages]))`
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], {
    cwd: fileURLToPath(root),
  })
  return JSON.parse(stdout) as string[]
}

describe('the start of the shop', () => {
  it('loads no library that only few requests need: they are imported where they are used', async () => {
    const loaded = await packagesOf('apps/souk/platform/run.ts')
    expect(loaded).toContain('fastify')
    for (const heavy of [
      'pdfkit',
      'sharp',
      'nodemailer',
      'otplib',
      'undici',
      '@simplewebauthn/server',
      'openid-client',
      'micromark',
    ])
      expect(loaded).not.toContain(heavy)
  }, 120_000)

  it('loads no HTTP server into the background process', async () => {
    const loaded = await packagesOf('apps/souk/platform/background-part.ts')
    expect(loaded).toContain('postgres')
    for (const heavy of ['fastify', 'ajv', 'fast-json-stringify', 'prom-client', 'pdfkit', 'sharp', 'nodemailer'])
      expect(loaded).not.toContain(heavy)
  }, 120_000)
})
