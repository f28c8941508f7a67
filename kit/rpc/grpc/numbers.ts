/** Field numbers by message in a text of `protoText`. Reserved numbers are kept under names no field can have. */
export function readNumbers(text: string): Map<string, Map<string, number>> {
  const numbers = new Map<string, Map<string, number>>()
  const path: string[] = []
  for (const line of text.split('\n')) {
    const opened = /^\s*(?:message|service) (\w+) \{(\})?$/.exec(line)
    if (opened && !opened[2]) path.push(opened[1]!)
    if (/^\s*\}$/.test(line)) path.pop()
    const message = path.join('.')
    const reserved = /^\s*reserved ([\d, ]+);$/.exec(line)
    const field = /^\s*(?!\/\/).* (\w+) = (\d+);$/.exec(line)
    if (path.length === 0 || !(reserved || field)) continue
    const fields = numbers.get(message) ?? new Map<string, number>()
    numbers.set(message, fields)
    for (const number of reserved?.[1]?.split(', ') ?? []) fields.set(`reserved ${number}`, Number(number))
    if (field) fields.set(field[1]!, Number(field[2]))
  }
  return numbers
}
