import { describe, expect, it } from 'vitest'
import { judgeSignatures } from './signatures.ts'

describe('S31: signatures of packages', () => {
  it('are all there and right, or the package is named', () => {
    expect(judgeSignatures('{"invalid":[],"missing":[]}')).toEqual({ outcome: 'signed', packages: [] })
    expect(judgeSignatures('{"invalid":[{"name":"a","version":"1.0.0"}],"missing":[{"name":"b","version":"2.0.0"}]}')).toEqual({
      outcome: 'forged',
      packages: ['a@1.0.0', 'b@2.0.0'],
    })
  })

  it.each([
    ['{"message":"405 Method Not Allowed"}', '405 Method Not Allowed'],
    ['{"error":{"summary":"found no dependencies to audit"}}', 'found no dependencies to audit'],
    ['null', 'npm gave no report'],
    ['audited 1 package', 'npm gave no report'],
    ['', 'npm gave no report'],
  ])('are unknown, and not good, when nobody can be asked: %s', (printed, why) =>
    expect(judgeSignatures(printed)).toEqual({ outcome: 'not-asked', why }),
  )
})
