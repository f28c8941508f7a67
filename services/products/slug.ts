import { createHash } from 'node:crypto'

const SPELLED: Record<string, string> = {
  ä: 'ae',
  ö: 'oe',
  ü: 'ue',
  ß: 'ss',
  æ: 'ae',
  ø: 'o',
  å: 'a',
  œ: 'oe',
  ł: 'l',
  đ: 'd',
  '&': ' and ',
  '@': ' at ',
}

/** The part of an address made from a title: `Größe & Maß` → `groesse-and-mass`. Latin letters, digits, single hyphens; at most 80 characters, never empty: words in other letters become a number of their own. */
export function slugify(text: string): string {
  const slug = text
    .normalize('NFC')
    .toLowerCase()
    .replace(/[äöüßæøåœłđ&@]/g, (letter) => SPELLED[letter] ?? '')
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, 80)
    .replace(/^-|-$/g, '')
  if (slug !== '') return slug
  return /[\p{L}\p{N}]/u.test(text) ? `item-${numberOf(text.normalize('NFC').toLowerCase())}` : 'item'
}

const numberOf = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 8)

/** True for what may stand in an address as it is. */
export const SLUG_PATTERN = '^[a-z0-9]+(-[a-z0-9]+)*$'
