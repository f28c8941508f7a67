import type { EventDefinition } from '#kit/messaging/event.ts'
import type { Service } from '#kit/service/service.ts'
import type { EventConsumers } from './event-consumers.ts'
import { schemaPath } from './event-schemas.ts'
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

export interface EventFacts {
  readonly events: readonly EventDefinition[]
  readonly services: readonly Service[]
  readonly consumers: ReadonlyMap<string, EventConsumers>
}

export function eventsPage(facts: EventFacts): string {
  const { events, consumers } = facts
  const topics = [...Map.groupBy(events, (event) => event.topic)].map(([topic, own]) =>
    [`## ${code(topic)}`, ...own.map((event) => section(event, facts))].join('\n\n'),
  )
  const overview = table(
    ['Event', 'Topic', 'Key', 'What happened', 'Published by', 'Consumed by'],
    events.map((event) => [
      `[${event.type}](#${anchor(event)})`,
      code(event.topic),
      code(event.key),
      event.summary,
      publishersOf(event, facts),
      consumersText(consumers.get(event.type)),
    ]),
  )
  return page(
    'Events',
    'What happened, told to whoever listens: CloudEvents 1.0 in JSON, delivered at least once, in order per key. Dead letters go to `<topic>.dlq`. Fields are only ever added; anything else is a new version beside the old. The schemas are published under [contracts/schemas](../contracts/schemas).',
    overview,
    ...topics,
  )
}

/** As forges make it from the heading. */
const anchor = ({ type }: EventDefinition): string => type.toLowerCase().replaceAll('.', '')

function publishersOf(event: EventDefinition, { services }: EventFacts): string {
  const names = services.filter((service) => service.publishes?.some(({ type }) => type === event.type)).map(({ name }) => name)
  return names.join(', ') || 'nobody yet'
}

function consumersText({ services, flows }: EventConsumers = { services: [], flows: [] }): string {
  return [...services, ...flows.map((flow) => `flow ${flow}`)].join(', ') || 'nobody yet'
}

function section(event: EventDefinition, facts: EventFacts): string {
  const schema = event.schema as unknown as { properties: Record<string, Property>; required?: string[] }
  const rows = Object.entries(schema.properties).map(([name, property]) => [
    code(name),
    `${typeText(property)}${schema.required?.includes(name) ? '' : ', optional'}`,
    property.description ?? '',
  ])
  return [
    `### ${event.type}`,
    `${event.summary} Key: ${code(event.key)}. Published by ${publishersOf(event, facts)}; consumed by ${consumersText(facts.consumers.get(event.type))}. [Schema](../${schemaPath(event)})`,
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
