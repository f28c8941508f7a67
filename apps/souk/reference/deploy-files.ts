import { stringify } from 'yaml'
import type { Service } from '#kit/service/service.ts'

/** What deployments have to know of the services, made from their manifests: nobody keeps a list by hand. */
export function deployFiles(services: readonly Pick<Service, 'name' | 'port' | 'summary'>[]): [string, string][] {
  const facts = [...services].sort((a, b) => a.port - b.port).map(({ name, port }) => ({ name, port, grpc: port + 2000 }))
  return [
    ['deploy/helm/souk/services.json', `${JSON.stringify(facts, undefined, 2)}\n`],
    ['deploy/compose/services.yaml', composeFile(facts)],
    ['deploy/compose/prometheus/targets.json', `${JSON.stringify(targetsOf(facts), undefined, 2)}\n`],
  ]
}

interface Facts {
  readonly name: string
  readonly port: number
  readonly grpc: number
}

const targetsOf = (facts: readonly Facts[]) =>
  facts.map(({ name, port }) => ({ targets: [`${name}:${port}`], labels: { app: 'souk', service_group: name } }))

const HEAD = `# Made by \`npm run docs\` from the manifests of the services: every service in a process of its own, on the engines of engines.yaml.
#   docker compose -f deploy/compose/engines.yaml -f deploy/compose/services.yaml up
# Start order: engines, migrations, config, registry, then everything else; each waits until the one before is well.
`

const FIRST: readonly string[] = ['config', 'registry']

/** The configuration comes first, for the registry has settings too; then the registry, then the others, in whatever order they are ready. */
function composeFile(facts: readonly Facts[]): string {
  const migrated = { migrate: { condition: 'service_completed_successfully' } }
  const before = FIRST.filter((name) => facts.some((one) => one.name === name))
  /** those that have to be healthy first */
  const needs = (name: string) => (FIRST.includes(name) ? before.slice(0, before.indexOf(name)) : before)
  const services = facts.map(({ name, port }) => [
    name,
    {
      extends: { file: 'process.yaml', service: 'process' },
      command: ['serve', name],
      environment: { PORT: String(port), ADVERTISED_HOST: name },
      depends_on: { ...migrated, ...Object.fromEntries(needs(name).map((first) => [first, { condition: 'service_healthy' }])) },
      // a folder of the machine with the settings of all; without one, an empty volume
      ...(name === 'config' ? { volumes: ['${CONFIG_FOLDER:-config}:/config:ro'] } : {}),
      // not readiness: who knows users waits with that for auth, which comes later
      ...(FIRST.includes(name) ? { healthcheck: { test: ['CMD', 'node', '/health.mjs', String(port), name] } } : {}),
      ...(name === 'gateway' ? { ports: [`\${SHOP_PORT:-8080}:${port}`] } : {}),
    },
  ])
  const migrate = {
    extends: { file: 'process.yaml', service: 'process' },
    command: ['migrate'],
    restart: 'no',
    healthcheck: { disable: true },
    depends_on: {
      postgres: { condition: 'service_healthy' },
      kafka: { condition: 'service_healthy' },
      redis: { condition: 'service_healthy' },
      'aws-init': { condition: 'service_completed_successfully' },
    },
  }
  const file = { services: { migrate, ...Object.fromEntries(services) }, volumes: { config: {} } }
  return HEAD + stringify(file, { lineWidth: 0 })
}
