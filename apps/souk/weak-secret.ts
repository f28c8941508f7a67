/** Words that stand in examples and tutorials; a secret that holds one has been copied, not made. */
const examples = /change.?me|secret|password|passw0rd|default|example|replace|insert|your.?key|sample|dummy|qwert|letmein/i

/** Why a master secret must not be used, as the end of a sentence; `undefined` when it looks random. */
export function weakness(secret: string): string | undefined {
  if (secret.length < 32) return 'is shorter than 32 characters'
  if (examples.test(secret)) return 'looks like the placeholder of an example'
  if (new Set(secret).size < 10) return 'repeats the same few characters'
  if (hasRun(secret)) return 'is a sequence, not random'
  return undefined
}

/** Counts steps to the next character code: `abcdef…` and `0123456789…` are mostly such steps. */
function hasRun(secret: string): boolean {
  const codes = [...secret].map((character) => character.codePointAt(0) ?? 0)
  const steps = codes.filter((code, index) => index > 0 && Math.abs(code - codes[index - 1]!) <= 1).length
  return steps > secret.length / 2
}
