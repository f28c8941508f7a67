import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'

const chart = fileURLToPath(new URL('../../deploy/helm/souk/', import.meta.url))

async function kubectl(args: readonly string[], input = ''): Promise<{ code: number | null; output: string }> {
  const child = spawn(process.env['KUBECTL'] as string, [...args])
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()))
  child.stdin.end(input)
  const [code] = (await once(child, 'close')) as [number | null]
  return { code, output }
}

/** Without the two kinds that come with the Prometheus operator, which a bare server does not know. */
async function rendered(environment: string): Promise<string> {
  const args = ['template', 'souk', chart, '-n', environment, '-f', `${chart}values-${environment}.yaml`]
  const bare = ['--set', 'monitoring.serviceMonitor=false,monitoring.rules=false']
  const config = ['--set', 'config.repository=file:///config,config.volume.configMap.name=souk-files']
  return (
    await promisify(execFile)(process.env['HELM'] as string, [...args, ...bare, ...config], { maxBuffer: 16 * 1024 * 1024 })
  ).stdout
}

it.each(['dev', 'uat', 'prod'])(
  'a real Kubernetes takes the chart for %s, every field of it',
  async (environment) => {
    await kubectl(['create', 'namespace', environment])
    const manifests = await rendered(environment)
    const { code, output } = await kubectl(
      ['apply', '-n', environment, '--dry-run=server', '--validate=strict', '-f', '-'],
      manifests,
    )
    expect(output).not.toMatch(/error|invalid/i)
    expect(output.trim().split('\n').length).toBeGreaterThan(50)
    expect(code).toBe(0)
  },
  120_000,
)

it('and would have said so if a field were wrong', async () => {
  const wrong = (await rendered('dev')).replace('terminationGracePeriodSeconds', 'terminationGraceSeconds')
  const { code, output } = await kubectl(['apply', '-n', 'dev', '--dry-run=server', '--validate=strict', '-f', '-'], wrong)
  expect(code).not.toBe(0)
  expect(output).toMatch(/unknown field/)
}, 120_000)

it('a rollback brings the former settings and secrets back, and an uninstallation leaves none behind', async () => {
  const release = ['back', '-n', 'back']
  const helm = async (...args: string[]) => await promisify(execFile)(process.env['HELM'] as string, args)
  const install = async (value: string) =>
    await helm(
      'upgrade',
      ...release,
      chart,
      ...['--install', '--create-namespace', '-f', `${chart}values-dev.yaml`],
      // without nodes no migration would ever end
      ...['--set', 'migrations.enabled=false,monitoring.serviceMonitor=false,monitoring.rules=false'],
      ...['--set', `settings.LOG_LEVEL=${value},secrets.SOUK_SECRET=${value}`],
    )
  const settings = async () =>
    (await kubectl(['get', '-n', 'back', 'configmap', 'back-settings', '-o', 'jsonpath={.data.LOG_LEVEL}'])).output
  const secret = async () =>
    (await kubectl(['get', '-n', 'back', 'secret', 'back-secrets', '-o', 'jsonpath={.data.SOUK_SECRET}'])).output
  try {
    await install('info')
    await install('warn')
    expect([await settings(), await secret()]).toEqual(['warn', btoa('warn')])
    await helm('rollback', ...release)
    expect([await settings(), await secret()]).toEqual(['info', btoa('info')])
  } finally {
    await helm('uninstall', ...release)
  }
  expect(await secret()).toMatch(/NotFound/)
}, 240_000)
