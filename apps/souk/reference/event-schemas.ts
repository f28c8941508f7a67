import type { EventDefinition } from '#kit/messaging/event.ts'
import { compareSchemas, eventJsonSchema, isBreaking, type JsonSchema } from '#kit/messaging/schemas.ts'
import type { EventConsumers } from './event-consumers.ts'

export const SCHEMA_FOLDER = 'contracts/schemas/'

export const schemaPath = (event: Pick<EventDefinition, 'type'>): string => `${SCHEMA_FOLDER}${event.type}.json`

/** The published schema of every event, as files. */
export function schemaFiles(events: readonly EventDefinition[]): Map<string, string> {
  return new Map(events.map((event) => [schemaPath(event), `${JSON.stringify(eventJsonSchema(event), undefined, 2)}\n`]))
}

/**
 * What the code would break against the published schemas: for each event type one line with the changes and the consumers at
 * risk. `published` maps paths to contents. An event type that is gone is broken too.
 */
export function breakingChanges(
  events: readonly EventDefinition[],
  published: ReadonlyMap<string, string>,
  consumers: ReadonlyMap<string, EventConsumers>,
): string[] {
  const byPath = new Map(events.map((event) => [schemaPath(event), event]))
  return [...published].flatMap(([path, text]) => {
    const before = JSON.parse(text) as JsonSchema & { title: string }
    const event = byPath.get(path)
    const changes = event ? compareSchemas(before, eventJsonSchema(event)) : []
    if (event && !isBreaking(changes)) return []
    const reasons = event
      ? changes.filter(({ breaking }) => breaking).map(({ pointer, message }) => `${pointer}: ${message}`)
      : ['the event is gone']
    const { services = [], flows = [] } = consumers.get(before.title) ?? {}
    const atRisk = [...services, ...flows.map((flow) => `flow ${flow}`)]
    return [
      `${before.title}: ${reasons.join('; ')}. At risk: ${atRisk.join(', ') || 'consumers outside'}. Keep it and add ${nextVersion(before.title)} beside it.`,
    ]
  })
}

const nextVersion = (type: string): string => type.replace(/\.v(\d+)$/, (_all, number: string) => `.v${Number(number) + 1}`)
