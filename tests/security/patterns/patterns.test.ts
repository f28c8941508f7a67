import { check } from 'recheck'
import { describe, expect, it } from 'vitest'
import { type Literal, patternLiterals } from './literals.ts'
import { lookedAt } from './looked-at.ts'

const literals = patternLiterals()
type Verdict = Awaited<ReturnType<typeof check>>

/** The worst text of this length that the analysis knows, or some that are bad for patterns in general. */
function worstOf(verdict: Verdict, length: number): string[] {
  const fill = (pump: string, end: string) =>
    `${pump.repeat(Math.ceil(length / pump.length)).slice(0, length - end.length)}${end}`
  if (verdict.status !== 'vulnerable') return ['0', 'a', 'a1', '=', 'key=', 'code=&', '-'].map((pump) => fill(pump, '\u0000'))
  const { pumps, suffix } = verdict.attack
  return pumps.map(({ prefix, pump }) => fill(pump || prefix || 'a', suffix))
}

describe('S15: a pattern', () => {
  it('costs no more than in proportion to the text it looks at; of the few others somebody has looked at who writes that text', async () => {
    expect(literals.length).toBeGreaterThan(150)
    const open: string[] = []
    const slow: string[] = []
    const judge = async ({ source, flags, files }: Literal) => {
      const verdict = await check(source, flags, { timeout: 20_000 })
      if (verdict.status === 'safe') return
      const known = lookedAt.find((one) => one.source === source)
      if (!known) {
        const what =
          verdict.status === 'vulnerable'
            ? `${verdict.complexity.summary}, such as ${JSON.stringify(verdict.attack.string.slice(0, 60))}`
            : 'unknown'
        open.push(`/${source}/${flags} in ${files.join(', ')}: ${what}`)
      }
      for (const text of known?.longest ? worstOf(verdict, known.longest) : []) {
        const begun = process.cpuUsage()
        text.replace(new RegExp(source, flags.includes('g') ? flags : `${flags}g`), '')
        const { user } = process.cpuUsage(begun)
        if (user > 300_000) slow.push(`/${source}/: ${user / 1000} ms for ${text.length} characters`)
      }
    }
    for (const literal of literals) await judge(literal)
    expect(open).toEqual([])
    expect(slow).toEqual([])
    // one that is not there any more needs nobody to have looked at it; the analysis of some ends on a quick machine only
    const written = new Set(literals.map(({ source }) => source))
    expect(lookedAt.map(({ source }) => source).filter((source) => !written.has(source))).toEqual([])
  }, 300_000)

  it('that is known to be dangerous is recognised, wherever it is written', async () => {
    expect((await check('^(a+)+$', '')).status).toBe('vulnerable')
    const sources = new Set(literals.map(({ source }) => source))
    // of a schema, of a literal, of a constructor
    expect([...sources].some((source) => source.includes('\\u007f'))).toBe(true)
    expect(sources.has('0+$')).toBe(true)
  })
})
