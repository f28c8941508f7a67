/** Slips of the finger, made on purpose. Pure. */

export const kinds = ['delete', 'swap', 'double', 'neighbour', 'order', 'plural'] as const
export type Kind = (typeof kinds)[number]

const ROWS = ['qwertyuiop', 'asdfghjkl', 'zxcvbnm']

export function randomOf(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
}

function neighbourOf(letter: string, random: () => number): string {
  const row = ROWS.findIndex((keys) => keys.includes(letter))
  if (row < 0) return letter
  const at = ROWS[row]!.indexOf(letter)
  const near = [ROWS[row]![at - 1], ROWS[row]![at + 1], ROWS[row - 1]?.[at], ROWS[row + 1]?.[at]].filter(
    (key) => key !== undefined,
  )
  return near[Math.floor(random() * near.length)]!
}

/** The title with one slip of this kind in one of its longer words. */
export function misspelt(title: string, kind: Kind, random: () => number): string {
  const words = title.toLowerCase().split(/\s+/).filter(Boolean)
  if (kind === 'order') {
    for (let from = words.length - 1; from > 0; from -= 1) {
      const to = Math.floor(random() * (from + 1))
      ;[words[from], words[to]] = [words[to]!, words[from]!]
    }
    return words.join(' ')
  }
  const long = words.flatMap((word, index) => (/^[a-z]{4,}$/.test(word) ? [index] : []))
  const index = long[Math.floor(random() * long.length)]
  if (index === undefined) return words.join(' ')
  const word = words[index]!
  const at = Math.floor(random() * (word.length - 1))
  words[index] = {
    delete: () => word.slice(0, at) + word.slice(at + 1),
    swap: () => word.slice(0, at) + word[at + 1] + word[at] + word.slice(at + 2),
    double: () => word.slice(0, at) + word[at] + word.slice(at),
    neighbour: () => word.slice(0, at) + neighbourOf(word[at]!, random) + word.slice(at + 1),
    plural: () => (word.endsWith('s') ? word.slice(0, -1) : `${word}s`),
  }[kind]()
  return words.join(' ')
}
