import { fold, isCommonWord, isRun } from './common-passwords.ts'
import { errors } from './errors.ts'

export const PASSWORD_MIN = 8
export const PASSWORD_MAX = 128

/** What is known about the person, so that the password is not simply that. */
export interface Person {
  readonly email: string
  readonly fullName?: string | undefined
}

/** Unicode text in one form, so that the same keys on two keyboards give the same password. */
export function normalisePassword(password: string): string {
  return password.normalize('NFKC')
}

/**
 * Why a new password is not accepted, or `undefined`. Length and a block list, as NIST SP 800-63B asks; no rules about
 * kinds of characters, which only make passwords longer to type and easier to guess.
 */
export function passwordObjection(password: string, person: Person): string | undefined {
  const text = normalisePassword(password)
  const length = [...text].length
  if (length < PASSWORD_MIN) return `must have at least ${PASSWORD_MIN} characters`
  if (length > PASSWORD_MAX) return `must have at most ${PASSWORD_MAX} characters`
  if (isRun(text)) return 'is a simple pattern and would be guessed first'
  if (isCommonWord(text)) return 'is a well-known password and would be guessed first'
  if (isPersonal(text, person)) return 'is too close to your name or e-mail address'
  return undefined
}

/** True when the password is the person's own name or address with little added. */
function isPersonal(password: string, person: Person): boolean {
  const at = person.email.lastIndexOf('@')
  const words = [
    person.email,
    person.email.slice(0, at),
    person.email.slice(at + 1),
    ...(person.fullName ?? '').split(/\s+/),
    person.fullName ?? '',
  ]
  return [fold, (text: string) => text.toLowerCase()].some((form) => {
    const plain = (text: string) => form(text).replace(/[^\p{L}\p{N}]/gu, '')
    const own = words
      .map(plain)
      .filter((word) => word.length >= 3)
      .sort((a, b) => b.length - a.length)
    const whole = plain(password)
    const rest = own.reduce((text, word) => text.replaceAll(word, ''), whole)
    return rest.length < whole.length && [...rest].length < 4
  })
}

/** Throws `auth/weak-password` with the reason at `pointer`. */
export function requireGoodPassword(password: string, person: Person, pointer = '/password'): void {
  const message = passwordObjection(password, person)
  if (message) throw errors.weakPassword({}, { fields: [{ pointer, message }] })
}
