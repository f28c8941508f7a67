import type { EventDefinition } from '#kit/messaging/event.ts'
import type { Service } from '#kit/service/service.ts'
import { code, page, table } from './markdown.ts'

interface Property {
  type?: string
  format?: string
  const?: unknown
  anyOf?: Property[]
  items?: Property
  properties?: Record<string, Property>
  description?: string
}

export function eventsPage(events: readonly EventDefinition[], services: readonly Service[]): string {
  const topics = [...Map.groupBy(events, (event) => event.topic)].map(([topic, own]) =>
    [`## ${code(topic)}`, ...own.map((event) => section(event, services))].join('\n\n'),
  )
  return page(
    'Events',
    'What happened, told to whoever listens: CloudEvents 1.0 in JSON, delivered at least once, in order per key. Dead letters go to `<topic>.dlq`. Fields are only ever added; anything else is a new version beside the old.',
    ...topics,
  )
}

function section(event: EventDefinition, services: readonly Service[]): string {
  const publishers = services
    .filter((service) => service.publishes?.some(({ type }) => type === event.type))
    .map(({ name }) => name)
  const schema = event.schema as unknown as { properties: Record<string, Property>; required?: string[] }
  const rows = Object.entries(schema.properties).map(([name, property]) => [
    code(name),
    `${typeText(property)}${schema.required?.includes(name) ? '' : ', optional'}`,
    property.description ?? '',
  ])
  return [
    `### ${event.type}`,
    `${event.summary} Key: ${code(event.key)}.${publishers.length > 0 ? ` Published by ${publishers.join(', ')}.` : ''}`,
    table(['Field', 'Type', 'Meaning'], rows),
  ].join('\n\n')
}

function typeText(property: Property): string {
  if (property.const !== undefined) return JSON.stringify(property.const)
  if (property.anyOf) return property.anyOf.map(typeText).join(' or ')
  if (property.type === 'array') return `list of ${typeText(property.items ?? {})}`
  if (property.type === 'object') return `{ ${Object.keys(property.properties ?? {}).join(', ')} }`
  return property.format ?? property.type ?? 'any'
}
