/** What staff should look at before it is shown. Pure: the same words get the same answer. */
import { foldWords, joinSpaced } from './words.ts'

export const REASONS = [
  'html',
  'links',
  'contact',
  'shouting',
  'repetition',
  'words',
  'copied',
  'first-review',
  'rejected-before',
  'staff-only',
] as const
export type Reason = (typeof REASONS)[number]

export interface Written {
  readonly title: string
  readonly text: string
  readonly name: string
  /** something that looks like HTML was taken out */
  readonly html: boolean
}

export interface Circumstances {
  /** folded, see `foldWords`; several words of one entry are separated by a space */
  readonly forbidden: readonly string[]
  /** shown reviews of this author, without this one */
  readonly published: number
  /** the same words stand in another review */
  readonly copied: boolean
  /** staff would not show this review before */
  readonly rejectedBefore: boolean
  /** the shop wants to see everything */
  readonly staffOnly: boolean
}

/** Endings of addresses that are no words, or hardly ever the first one of a sentence after a full stop without a space. */
const ENDINGS = new Set(
  (
    'com net org info biz shop store online io ly ru cn de at ch fr uk eu xyz top club website space live link vip bid pro app dev gg tv cc ws tk ml cf gq pw icu cyou sbs ' +
    'buzz blog page cloud digital agency email mobi asia ca au nz jp br mx pl cz se dk fi nl gr tr il za kr hk sg tw ua kz xxx bet casino'
  ).split(' '),
)
/** Endings that are words as well: only with something behind them, as in `t.me/name`. */
const WORDS_TOO = new Set(
  'me it in to be no so us am my is as by do es ist site fun click win life world today one art'.split(' '),
)
const DOTS = new Set(['dot', 'punkt', 'dott'])
const NUMBER = /\+?\d[\d ()/.-]{6,30}\d/gu

/** Why staff should look, in the order of the list above; nothing: it can be shown. */
export function judge(written: Written, around: Circumstances): Reason[] {
  const all = `${written.title}\n${written.text}\n${written.name}`
  const noticed: Record<Reason, boolean> = {
    html: written.html,
    links: hasLink(all),
    contact: hasMail(all) || hasPhone(all),
    shouting: isShouted(written),
    repetition: isRepetitive(written.text),
    words: hasForbidden(all, around.forbidden),
    copied: around.copied,
    'first-review': around.published === 0,
    'rejected-before': around.rejectedBefore,
    'staff-only': around.staffOnly,
  }
  return REASONS.filter((reason) => noticed[reason])
}

const hasLink = (text: string): boolean =>
  /https?:|www\./iu.test(text) ||
  // example[.]com, example (dot) com, example dot com
  /[([{]\s?\.\s?[)\]}]/u.test(text) ||
  isSpelled(text.toLowerCase().split(/[^\p{L}\p{N}]+/u)) ||
  piecesOf(text).some(
    (piece) =>
      !piece.includes('@') &&
      piece.split(/[^\p{L}\p{N}.-]/u).some((name, at, names) => isHost(name, at < names.length - 1 && piece.includes('/'))),
  )

const isSpelled = (words: readonly string[]): boolean =>
  words.some((word, at) => at > 0 && DOTS.has(word) && ENDINGS.has(words[at + 1] ?? ''))

const hasMail = (text: string): boolean =>
  piecesOf(text).some((piece) => /[^@]@[^@.]/u.test(piece) && piece.slice(piece.lastIndexOf('@')).includes('.'))

const piecesOf = (text: string): string[] => text.toLowerCase().split(/\s/u)

function isHost(name: string, hasPath: boolean): boolean {
  const parts = name.split('.').filter(Boolean)
  return parts.length > 1 && (ENDINGS.has(parts.at(-1)!) || (hasPath && WORDS_TOO.has(parts.at(-1)!)))
}

/** Nine digits or more with what stands between digits of a telephone number; sizes and prices have fewer. */
const hasPhone = (text: string): boolean => (text.match(NUMBER) ?? []).some((run) => run.replace(/\D/g, '').length >= 9)

function isShouted({ title, text }: Written): boolean {
  const letters = `${title} ${text}`.match(/\p{L}/gu) ?? []
  const capitals = letters.filter((letter) => letter !== letter.toLowerCase()).length
  return (letters.length >= 20 && capitals / letters.length > 0.6) || /[!?]{6}/.test(text)
}

/** One character seven times in a row, or one word that is two fifths of many. */
function isRepetitive(text: string): boolean {
  if (/([^\s.\-_=*])\1{6}/u.test(text)) return true
  const words = foldWords(text)
  if (words.length < 10) return false
  const counts = new Map<string, number>()
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1)
  return Math.max(...counts.values()) / words.length >= 0.4
}

function hasForbidden(text: string, forbidden: readonly string[]): boolean {
  const words = foldWords(text)
  const line = ` ${[...words, '|', ...joinSpaced(words)].join(' ')} `
  return forbidden.some((word) => line.includes(` ${word} `))
}
