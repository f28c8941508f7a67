import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { beforeAll, describe, expect, it } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { loadServices } from '../../apps/souk/load.ts'

const root = new URL('../../', import.meta.url)
const chart = fileURLToPath(new URL('deploy/helm/souk/', root))
const run = promisify(execFile)

// biome-ignore lint/suspicious/noExplicitAny: objects of Kubernetes, looked into by their paths
type Resource = any

/** The chart as it would be installed in the namespace of that environment. */
async function rendered(environment: string, ...more: string[]): Promise<Resource[]> {
  const args = ['template', 'souk', chart, '-n', environment, '-f', `${chart}values-${environment}.yaml`, ...more]
  const { stdout } = await run(process.env['HELM'] as string, args, { maxBuffer: 16 * 1024 * 1024 })
  return parseAllDocuments(stdout)
    .map((document) => document.toJSON() as Resource)
    .filter(Boolean)
}

let names: string[]
const resources = new Map<string, Resource[]>()
const of = (environment: string, kind: string) => resources.get(environment)!.filter((resource) => resource.kind === kind)

beforeAll(async () => {
  names = (await loadServices({ root })).map(({ service }) => service.name).sort()
  for (const environment of ['dev', 'uat', 'prod']) resources.set(environment, await rendered(environment))
}, 60_000)

const pods = { dev: [2, 5], uat: [3, 10], prod: [5, 20] } as const

describe.each(Object.entries(pods))('the chart in %s', (environment, [least, most]) => {
  it('runs every service, each with its own door, scale and protection against being drained away', () => {
    for (const kind of ['Deployment', 'Service', 'HorizontalPodAutoscaler', 'PodDisruptionBudget'])
      expect(
        of(environment, kind)
          .map(({ metadata }) => metadata.name.replace(/^souk-/, ''))
          .sort(),
        kind,
      ).toEqual(names)
  })

  it(`begins with ${least} pods and goes up to ${most}`, () => {
    const orders = of(environment, 'HorizontalPodAutoscaler').find(({ metadata }) => metadata.name === 'souk-orders')
    expect([orders.spec.minReplicas, orders.spec.maxReplicas]).toEqual([least, most])
    expect(of(environment, 'Deployment').find(({ metadata }) => metadata.name === 'souk-orders').spec.replicas).toBe(least)
    for (const { spec } of of(environment, 'HorizontalPodAutoscaler'))
      expect(spec.minReplicas).toBeLessThanOrEqual(spec.maxReplicas)
  })

  it('gives no container more than it needs', () => {
    const templates = [...of(environment, 'Deployment'), ...of(environment, 'Job')].map(({ spec }) => spec.template.spec)
    expect(templates.length).toBe(names.length + 1)
    for (const { containers, automountServiceAccountToken } of templates) {
      expect(automountServiceAccountToken).toBe(false)
      for (const { securityContext, resources: bounds } of containers) {
        expect(securityContext).toMatchObject({
          runAsNonRoot: true,
          readOnlyRootFilesystem: true,
          allowPrivilegeEscalation: false,
          capabilities: { drop: ['ALL'] },
        })
        expect(bounds).toMatchObject({
          requests: { cpu: expect.anything(), memory: expect.anything() },
          limits: { memory: expect.anything() },
        })
      }
    }
  })

  it('asks every pod whether it lives and whether it may get requests', () => {
    for (const { spec } of of(environment, 'Deployment'))
      expect(spec.template.spec.containers[0]).toMatchObject({
        startupProbe: { httpGet: { path: '/actuator/health/liveness' } },
        livenessProbe: { httpGet: { path: '/actuator/health/liveness' } },
        readinessProbe: { httpGet: { path: '/actuator/health/readiness' } },
      })
  })

  it('migrates before anything new starts', () => {
    const [job] = of(environment, 'Job')
    expect(job.metadata.annotations['helm.sh/hook']).toBe('pre-install,pre-upgrade')
    expect(job.spec.template.spec.containers[0].args).toEqual(['migrate'])
  })

  it('goes back with its settings: what pods read is part of the release, not left behind by a hook', async () => {
    const all = await rendered(environment, '--set', 'secrets.SOUK_SECRET=a,settings.LOG_LEVEL=warn')
    const changed = await rendered(environment, '--set', 'secrets.SOUK_SECRET=b,settings.LOG_LEVEL=warn')
    const isHook = ({ metadata }: Resource) => metadata.annotations?.['helm.sh/hook'] !== undefined
    const readBy = (kind: string, resources = all) =>
      resources
        .filter((resource) => resource.kind === kind)
        .flatMap(({ spec }) => spec.template.spec.containers[0].envFrom)
        .map(({ configMapRef, secretRef }) => (configMapRef ?? secretRef).name as string)
    const named = (name: string) => all.find(({ kind, metadata }) => kind !== 'Service' && metadata.name === name)
    for (const name of readBy('Deployment')) expect([name, isHook(named(name))]).toEqual([name, false])
    for (const name of readBy('Job')) expect([name, isHook(named(name))]).toEqual([name, true])
    expect(named('souk-settings').data).toEqual(named('souk-migrate-settings').data)
    expect(named('souk-settings').data.LOG_LEVEL).toBe('warn')
    expect(named('souk-secrets').stringData).toEqual({ SOUK_SECRET: 'a' })
    // pods that would keep the former ones begin anew
    const template = (resources: Resource[]) => resources.find(({ kind }) => kind === 'Deployment').spec.template
    expect(template(changed)).not.toEqual(template(all))
  })

  it('tells every pod where registry and configuration are, by names and ports that there are', () => {
    const { data } = of(environment, 'ConfigMap').find(({ metadata }) => metadata.name === 'souk-settings')
    for (const variable of ['REGISTRY_URL', 'CONFIG_URL']) {
      const { hostname, port } = new URL(data[variable])
      const service = of(environment, 'Service').find(({ metadata }) => metadata.name === hostname)
      expect(service?.spec.ports[0], variable).toMatchObject({ name: 'http', port: Number(port) })
    }
  })

  it('lets nobody in but through the gateway', () => {
    const [inside, gateway] = of(environment, 'NetworkPolicy')
    expect(inside.spec.policyTypes).toEqual(['Ingress', 'Egress'])
    const ports = inside.spec.egress.flatMap((rule: Resource) => rule.ports ?? []).map(({ port }: Resource) => port)
    // every engine a setting can name, without and with TLS
    expect(ports).toEqual(expect.arrayContaining([5432, 6432, 9092, 9093, 6379, 6380, 9200, 587, 465, 443, 4318]))
    expect(gateway.spec.podSelector.matchLabels['app.kubernetes.io/component']).toBe('gateway')
    const [ingress] = of(environment, 'Ingress')
    expect(ingress.spec.rules[0].http.paths[0].backend.service.name).toBe('souk-gateway')
    expect(ingress.spec.tls !== undefined).toBe(environment === 'prod')
  })

  it('lets the config service, and nobody else, read the settings of all from a volume', async () => {
    const set = 'config.repository=git+file:///config,config.volume.persistentVolumeClaim.claimName=settings'
    const deployments = (await rendered(environment, '--set', set)).filter(({ kind }) => kind === 'Deployment')
    const ofConfig = ({ spec: { template } }: Resource) => ({
      repository: template.spec.containers[0].env.find(({ name }: Resource) => name === 'CONFIG_REPOSITORY')?.value,
      mount: template.spec.containers[0].volumeMounts.find(({ name }: Resource) => name === 'config'),
      volume: template.spec.volumes.find(({ name }: Resource) => name === 'config'),
    })
    for (const deployment of deployments)
      expect(ofConfig(deployment), deployment.metadata.name).toEqual(
        deployment.metadata.name === 'souk-config'
          ? {
              repository: 'git+file:///config',
              mount: { name: 'config', mountPath: '/config', readOnly: true },
              volume: { name: 'config', persistentVolumeClaim: { claimName: 'settings' } },
            }
          : {},
      )
    expect(of(environment, 'Deployment').map(ofConfig)).toEqual(deployments.map(() => ({})))
  })

  it('is measured, and brings its alerts along', () => {
    expect(of(environment, 'ServiceMonitor')[0].spec.endpoints[0].path).toBe('/actuator/prometheus')
    expect(of(environment, 'PrometheusRule')[0].spec.groups[0].rules.length).toBeGreaterThan(10)
  })
})
