import type { TSchema } from 'typebox'

/** What a setting's schema may say. Environment variables are text: anything deeper than a list of texts belongs elsewhere. */
interface Shape {
  type?: 'string' | 'integer' | 'number' | 'boolean' | 'array'
  anyOf?: { const: string }[]
  const?: string
  items?: Shape
  pattern?: string
  minLength?: number
  maxLength?: number
  minimum?: number
  maximum?: number
  description?: string
}

export type ReadResult = { readonly value: unknown } | { readonly problem: string }

/** `an integer, 1–64`: what to write, for error lines and docs/settings.md. */
export function describeSchema(schema: TSchema): string {
  return describe(schema as Shape)
}

function describe(shape: Shape): string {
  const choices = choicesOf(shape)
  if (choices) return choices.length === 1 ? choices[0]! : `one of ${choices.join(', ')}`
  if (shape.type === 'integer' || shape.type === 'number') {
    const { minimum, maximum } = shape
    const noun = shape.type === 'integer' ? 'a whole number' : 'a number'
    if (minimum !== undefined && maximum !== undefined) return `${noun}, ${minimum}–${maximum}`
    if (minimum !== undefined) return `${noun}, at least ${minimum}`
    return maximum === undefined ? noun : `${noun}, at most ${maximum}`
  }
  if (shape.type === 'boolean') return 'true or false'
  if (shape.type === 'array')
    return `a list, separated by commas${shape.items?.description ? `: ${shape.items.description}` : ''}`
  return shape.description ?? 'text'
}

function choicesOf(shape: Shape): string[] | undefined {
  if (shape.const !== undefined) return [shape.const]
  if (shape.anyOf?.every((choice) => typeof choice.const === 'string')) return shape.anyOf.map((choice) => choice.const)
  return undefined
}

/**
 * Turns an environment variable's text into the schema's type. Own code instead of TypeBox's validator: the start
 * does not pay for loading that, and the sentences are for people.
 */
export function readSetting(schema: TSchema, text: string): ReadResult {
  return read(schema as Shape, text.trim())
}

function read(shape: Shape, text: string): ReadResult {
  const bad: ReadResult = { problem: `must be ${describe(shape)}` }
  const choices = choicesOf(shape)
  if (choices) return choices.includes(text) ? { value: text } : bad
  switch (shape.type) {
    case 'integer':
    case 'number': {
      const value = Number(text)
      if (text === '' || !Number.isFinite(value) || (shape.type === 'integer' && !/^-?\d+$/.test(text))) return bad
      return value < (shape.minimum ?? -Infinity) || value > (shape.maximum ?? Infinity) ? bad : { value }
    }
    case 'boolean': {
      if (/^(true|yes|on|1)$/i.test(text)) return { value: true }
      return /^(false|no|off|0)$/i.test(text) ? { value: false } : bad
    }
    case 'array': {
      const items = text
        .split(',')
        .map((item) => item.trim())
        .filter((item) => item !== '')
      const results = items.map((item) => read(shape.items ?? { type: 'string' }, item))
      const failed = results.findIndex((result) => 'problem' in result)
      if (failed >= 0) return { problem: `has "${items[failed]}": each entry must be ${describe(shape.items ?? {})}` }
      return { value: Object.freeze(results.map((result) => ('value' in result ? result.value : undefined))) }
    }
    case 'string': {
      const fits =
        text.length >= (shape.minLength ?? 1) &&
        text.length <= (shape.maxLength ?? 4096) &&
        (shape.pattern === undefined || new RegExp(shape.pattern).test(text))
      return fits ? { value: text } : bad
    }
    default:
      return { problem: 'has a schema that an environment variable cannot carry (use text, numbers, booleans, choices or lists)' }
  }
}
