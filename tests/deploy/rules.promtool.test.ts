import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'

const folder = fileURLToPath(new URL('../../deploy/prometheus/', import.meta.url))
/** The files where the containers have them: the configuration names absolute paths. */
async function scrapeConfiguration(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'souk-prometheus-'))
  const compose = new URL('../../deploy/compose/', import.meta.url)
  const { prometheus } = (parse(await readFile(new URL('uis.yaml', compose), 'utf8')) as { services: Windows }).services
  const mounts = prometheus.volumes
    .map((volume) => volume.split(':') as [string, string])
    .filter(([from]) => from.startsWith('.'))
  for (const [from, to] of mounts) {
    const text = await readFile(new URL(from, compose), 'utf8')
    await mkdir(join(folder, dirname(to)), { recursive: true })
    await writeFile(join(folder, to), text.replaceAll('/etc/prometheus/', `${folder}/etc/prometheus/`))
  }
  return join(folder, 'etc/prometheus/prometheus.yml')
}
interface Windows {
  readonly prometheus: { readonly volumes: readonly string[] }
}
const promtool = async (...args: string[]) =>
  await promisify(execFile)(process.env['PROMTOOL'] as string, args, { cwd: folder }).catch(
    (error: { stdout: string; stderr: string }) => error,
  )

describe('the alerts, by the tool of Prometheus itself', () => {
  it('are well formed', async () => {
    expect((await promtool('check', 'rules', 'rules.yaml')).stdout).toMatch(/SUCCESS: \d\d rules found/)
  })

  it('ring when they should and are silent when they should', async () => {
    const { stdout, stderr } = await promtool('test', 'rules', 'rules.test.yaml')
    expect(`${stdout}${stderr}`).toMatch(/SUCCESS/)
    expect(`${stdout}${stderr}`).not.toMatch(/FAILED/)
  })
})

describe('what Prometheus scrapes in the compose files', () => {
  it('is a configuration it takes, with its rules and the list of every process', async () => {
    const file = await scrapeConfiguration()
    try {
      const { stdout, stderr } = await promtool('check', 'config', file)
      expect(`${stdout}${stderr}`).toMatch(/SUCCESS: .*prometheus.yml is valid/)
      expect(`${stdout}${stderr}`).toMatch(/SUCCESS: \d\d rules found/)
      expect(`${stdout}${stderr}`).not.toMatch(/FAILED|WARNING|does not (exist|point)/)
    } finally {
      await rm(dirname(dirname(dirname(file))), { recursive: true, force: true })
    }
  })
})
