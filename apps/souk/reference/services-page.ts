import type { Service } from '#kit/service/service.ts'
import { code, page, table } from './markdown.ts'

export function servicesPage(services: readonly Service[]): string {
  const overview = table(
    ['Service', 'Port alone', 'Kind', 'What it does'],
    services.map(({ name, port, kind, summary }) => [`[${name}](../services/${name}/README.md)`, String(port), kind, summary]),
  )
  const details = services.map((service) => {
    const lines = [
      `## ${service.name}`,
      service.publishes?.length
        ? `Publishes: ${service.publishes
            .map(({ type }) => code(type))
            .sort()
            .join(', ')}.`
        : 'Publishes nothing.',
    ]
    if (service.invariants?.length)
      lines.push(['Always true (`souk invariants`):', ...service.invariants.map(({ name }) => `- ${name}`)].join('\n'))
    return lines.join('\n\n')
  })
  return page(
    'Services',
    'One folder, one schema, one role in the database each. All run in one process unless told otherwise.',
    overview,
    ...details,
  )
}
