/**
 * Words that the passwords guessed first are made of. Together with `simplest` below they stand for some hundred thousand
 * well-known passwords: `P@ssw0rd123!` and `password` reduce to the same word.
 */
const WORDS = `
password passwort passwd pass kennwort mypassword yourpassword password password newpassword changeme changeit secret geheim letmein
welcome willkommen hello hallo hola bonjour admin administrator root superuser user guest gast test testing tester demo default master login
access system server internet computer samsung iphone google facebook amazon apple microsoft windows linux ubuntu shop souk store market
qwerty qwertz azerty qwertyuiop qwertzuiop asdf asdfgh asdfghjkl zxcvbn zxcvbnm yxcvbnm qazwsx qazwsxedc wasd
iloveyou iloveu loveyou lovely love ichliebedich schatz princess prinzessin sunshine sonnenschein superman batman spiderman pokemon naruto dragon
monkey tiger football fussball fusball soccer baseball basketball hockey liverpool chelsea arsenal barcelona realmadrid juventus
michael michelle jennifer jessica ashley daniel thomas andreas stefan alexander nicole charlie jordan andrew joshua matthew robert
summer sommer winter spring autumn herbst january february march april june july august september october november december
monday tuesday wednesday thursday friday saturday sunday freedom whatever trustno starwars shadow killer hunter ranger cheese flower
chocolate butterfly purple orange banana pepper cookie ginger mustang ferrari porsche corvette mercedes harley matrix ninja computer abcabc
abc abcd abcde abcdef abcdefg abcdefgh qwe asd zxc aaa correcthorsebatterystaple
`

const common = new Set(WORDS.split(/\s+/).filter(Boolean))
const LOOKALIKE: Record<string, string> = {
  '@': 'a',
  '4': 'a',
  '3': 'e',
  '1': 'i',
  '!': 'i',
  '0': 'o',
  $: 's',
  '5': 's',
  '7': 't',
}

/** Lower case, letters for look-alike signs: `P@ssw0rd` → `password`. */
export function fold(text: string): string {
  return [...text.toLowerCase()].map((sign) => LOOKALIKE[sign] ?? sign).join('')
}

const trimmed = (text: string): string => text.toLowerCase().replace(/^[^\p{L}]+|[^\p{L}]+$/gu, '')

/** True when the password is a well-known word (look-alikes, digits and signs around it included), or the word doubled. */
export function isCommonWord(password: string): boolean {
  const forms = [trimmed(password), fold(trimmed(password)), trimmed(fold(password)), fold(password)]
  return forms.some((form) => {
    const letters = form.replace(/[^\p{L}]/gu, '')
    const half = letters.slice(0, letters.length / 2)
    return common.has(letters) || (letters.length >= 6 && half + half === letters && common.has(half))
  })
}

const ROWS = [
  'abcdefghijklmnopqrstuvwxyz',
  '01234567890123456789',
  'qwertyuiopasdfghjklzxcvbnm',
  'qwertzuiopasdfghjklyxcvbnm',
  '1qaz2wsx3edc4rfv5tgb6yhn7ujm',
  '1q2w3e4r5t6z7u8i9o0p',
  '1q2w3e4r5t6y7u8i9o0p',
]

/** True for one or two repeated signs, and for runs along the alphabet, the digits or the keyboard, either way. */
export function isRun(password: string): boolean {
  const text = password.toLowerCase()
  if (new Set(text).size <= 2) return true
  return ROWS.some((row) => row.includes(text) || [...row].reverse().join('').includes(text))
}
