import { describe, expect, it } from 'vitest'
import { judgeAudit } from './audit.ts'

const weakness = (severity: string) =>
  JSON.stringify({
    vulnerabilities: {
      leaky: { via: [{ url: 'https://github.com/advisories/GHSA-aaaa', name: 'leaky', severity, title: 'Leaks' }] },
      user: { via: ['leaky'] },
    },
  })
const allowed = (until: string) => [{ advisory: 'GHSA-aaaa', reason: 'the leaking function is not called', until }]

describe('S31: known weaknesses of packages', () => {
  it('stop a release when they are serious', () => {
    expect(judgeAudit(weakness('high'), [], '2026-11-21')).toMatchObject({ outcome: 'weak', open: [{ advisory: 'GHSA-aaaa' }] })
    expect(judgeAudit(weakness('moderate'), [], '2026-11-21')).toMatchObject({
      outcome: 'clean',
      open: [{ severity: 'moderate' }],
    })
  })

  it('are let through with a reason, until a day', () => {
    expect(judgeAudit(weakness('critical'), allowed('2026-12-31'), '2026-11-21')).toMatchObject({ outcome: 'clean', open: [] })
    expect(judgeAudit(weakness('critical'), allowed('2026-10-31'), '2026-11-21')).toMatchObject({
      outcome: 'weak',
      stale: ['GHSA-aaaa'],
    })
  })

  it('that are gone leave no exception behind', () => {
    expect(judgeAudit('{"vulnerabilities":{}}', allowed('2026-12-31'), '2026-11-21')).toMatchObject({
      outcome: 'weak',
      stale: ['GHSA-aaaa'],
    })
    expect(judgeAudit('{"vulnerabilities":{}}', [], '2026-11-21')).toMatchObject({ outcome: 'clean' })
  })

  it.each([
    ['{"message":"405 Method Not Allowed","error":{"summary":""}}', '405 Method Not Allowed'],
    ['no JSON', 'npm gave no report'],
    ['', 'npm gave no report'],
  ])('are unknown when nobody can be asked: %s', (printed, why) =>
    expect(judgeAudit(printed, [], '2026-11-21')).toEqual({ outcome: 'not-asked', why }),
  )
})
