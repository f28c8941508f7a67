import { hasCardNumber, LONG_DIGITS } from './card-number.ts'
import { errors } from './errors.ts'

/** Text that makes a closer look at the parsed value worth its while: escapes, prototype names, long numbers. */
const SUSPECT = new RegExp(`\\\\u|__proto__|constructor|${LONG_DIGITS.source}`)

/**
 * Parses a JSON body. Refuses what is not JSON, keys that reach for prototypes, the null character and lone halves of surrogates
 * (PostgreSQL cannot store them) and card numbers. An empty body is `undefined`.
 */
export function parseJsonBody(bytes: Buffer): unknown {
  if (bytes.length === 0) return undefined
  const text = bytes.toString('utf8')
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    throw errors.malformedJson({}, { fields: [{ pointer: '', message: placeOf(error) }] })
  }
  if (SUSPECT.test(text)) inspect(value)
  return value
}

/** Where parsing stopped, without quoting the body. */
function placeOf(error: unknown): string {
  const position = /position (\d+)/.exec(String((error as Error).message))?.[1]
  return position ? `stops being JSON at character ${position}` : 'ends before the JSON is complete'
}

const pointerPart = (key: string): string => key.replaceAll('~', '~0').replaceAll('/', '~1')

/** Walks without recursion: 64 KiB of brackets must not overflow the stack. */
function inspect(root: unknown): void {
  const stack: { value: unknown; key: string; pointer: string }[] = [{ value: root, key: '', pointer: '' }]
  for (let node = stack.pop(); node; node = stack.pop()) {
    const { value, key, pointer } = node
    if (typeof value === 'string' || typeof value === 'number') {
      const text = String(value)
      if (text.includes('\0'))
        throw errors.invalidInput({}, { fields: [{ pointer, message: 'must not contain a null character' }] })
      if (!text.isWellFormed())
        throw errors.invalidInput({}, { fields: [{ pointer, message: 'must not contain half of a character' }] })
      if (hasCardNumber(text, key)) throw errors.cardNumber({}, { fields: [{ pointer, message: 'looks like a card number' }] })
    } else if (Array.isArray(value)) {
      for (const [index, item] of value.entries()) stack.push({ value: item, key, pointer: `${pointer}/${index}` })
    } else if (value !== null && typeof value === 'object') {
      for (const [name, item] of Object.entries(value)) {
        if (name === '__proto__' || (name === 'constructor' && item !== null && typeof item === 'object')) {
          throw errors.invalidInput(
            {},
            { fields: [{ pointer: `${pointer}/${pointerPart(name)}`, message: 'is not a known field' }] },
          )
        }
        if (name.includes('\0') || !name.isWellFormed() || hasCardNumber(name))
          throw errors.invalidInput({}, { fields: [{ pointer, message: 'has a field with an impossible name' }] })
        stack.push({ value: item, key: name, pointer: `${pointer}/${pointerPart(name)}` })
      }
    }
  }
}
