import type { FieldError } from './errors.ts'

export type Attributes = Readonly<Record<string, string | number | boolean | null>>

/** A typed field that an operator added to something. */
export interface AttributeDefinition {
  readonly key: string
  readonly type: 'text' | 'number' | 'boolean' | 'date' | 'enum'
  readonly required: boolean
  /** allowed values of an enum */
  readonly choices: readonly string[]
}

/**
 * What is wrong with the attributes of one entity; empty: they fit. A null counts as absent. `pointer` is where the
 * attributes stand in the body: `/attributes`, `/variants/2/attributes`.
 */
export function attributeProblems(
  definitions: readonly AttributeDefinition[],
  attributes: Attributes,
  pointer: string,
): FieldError[] {
  const problems: FieldError[] = []
  const byKey = new Map(definitions.map((definition) => [definition.key, definition]))
  for (const [key, value] of Object.entries(attributes)) {
    if (value === null) continue
    const definition = byKey.get(key)
    const message = definition ? mismatch(definition, value) : 'is not a defined attribute'
    if (message) problems.push({ pointer: `${pointer}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`, message })
  }
  for (const definition of definitions) {
    if (definition.required && (attributes[definition.key] ?? null) === null)
      problems.push({ pointer: `${pointer}/${definition.key}`, message: 'is required' })
  }
  return problems
}

function mismatch(definition: AttributeDefinition, value: string | number | boolean): string | undefined {
  switch (definition.type) {
    case 'text':
      return typeof value === 'string' ? undefined : 'must be a text'
    case 'number':
      return typeof value === 'number' ? undefined : 'must be a number'
    case 'boolean':
      return typeof value === 'boolean' ? undefined : 'must be true or false'
    case 'date':
      return typeof value === 'string' && isDate(value) ? undefined : 'must be a date like 2031-05-17'
    case 'enum':
      return typeof value === 'string' && definition.choices.includes(value)
        ? undefined
        : `must be one of: ${definition.choices.join(', ')}`
  }
}

function isDate(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return false
  const date = new Date(`${text}T00:00:00Z`)
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text)
}
