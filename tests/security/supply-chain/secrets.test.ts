import { execFileSync } from 'node:child_process'
import { readFileSync, statSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'

const root = fileURLToPath(new URL('../../../', import.meta.url))

/** What a secret of somebody looks like, wherever it stands. */
const LOOKS: readonly (readonly [string, RegExp])[] = [
  ['a private key', /-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----\s*[A-Za-z0-9+/=]{20}/],
  ['a key of AWS', /\b(?:AKIA|ASIA)[0-9A-Z]{16}\b/],
  ['a key of Stripe', /\b[rs]k_live_[0-9A-Za-z]{16,}/],
  ['a token of GitHub', /\b(?:gh[pousr]_[0-9A-Za-z]{36}|github_pat_\w{60,})/],
  ['a token of GitLab', /\bglpat-[\w-]{20}/],
  ['a token of npm', /\bnpm_[0-9A-Za-z]{36}\b|_authToken\s*=\s*[0-9A-Za-z-]{20}/],
  ['a token of Slack', /\bxox[abprs]-[0-9A-Za-z-]{20,}/],
  ['a key of Google', /\bAIza[\w-]{35}\b/],
  ['a key of SendGrid', /\bSG\.[\w-]{22}\.[\w-]{43}\b/],
  ['an API key of a shop', /\bsouk_[0-9A-Za-z]{8,}_[\w-]{43}\b/],
  ['a signed token', /\beyJ[\w-]{20,}\.eyJ[\w-]{20,}\.[\w-]{40,}/],
]
const looksLike = (text: string) => LOOKS.flatMap(([what, look]) => (look.test(text) ? [what] : []))

/** The files git knows or would take, but pictures and what is larger than two megabytes. */
function files(): string[] {
  const listed = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: root,
    encoding: 'utf8',
  })
  return listed.split('\0').filter((name) => name !== '' && !/\.(?:png|jpe?g|webp|avif|gif|ico|woff2?|pdf)$/.test(name))
}

it('S31: no file of the repository holds a secret', () => {
  const found: string[] = []
  let looked = 0
  for (const name of files()) {
    const about = statSync(root + name, { throwIfNoEntry: false })
    if (!about?.isFile() || about.size > 2_000_000) continue
    looked += 1
    for (const what of looksLike(readFileSync(root + name, 'latin1'))) found.push(`${name}: ${what}`)
  }
  expect(found).toEqual([])
  expect(looked).toBeGreaterThan(1000)
}, 30_000)

it('S31: a secret would be found', () => {
  const key = 'A1b2C3d4E5f6G7h8I9j0K1l2M3n4O5p6Q7r8'
  const samples = [
    ['-----BEGIN ', 'RSA PRIVATE KEY-----\nMIIEpAIBAAKCAQEA0123456789abcdef'],
    ['AKI', 'AIOSFODNN7EXAMPLE'],
    ['sk_li', `ve_${key}`],
    ['ghp', `_${key}`],
    ['glpat', `-${key.slice(0, 20)}`],
    ['npm', `_${key}`],
    ['xoxb', `-${key}`],
    ['AIz', `a${key.slice(0, 35)}`],
    ['SG', `.${key.slice(0, 22)}.${key}${key.slice(0, 7)}`],
    ['souk', `_${key.slice(0, 12)}_${key}${key.slice(0, 7)}`],
    ['ey', `J${key}.eyJ${key}.${key}${key}`],
  ]
  // in two parts, so that this file is none that holds one
  expect(samples.flatMap((parts) => looksLike(` ${parts.join('')} `))).toEqual(LOOKS.map(([what]) => what))
})
