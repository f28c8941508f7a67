import { describe, expect, it } from 'vitest'
import { exitCodeOf, verdictOf } from './schemathesis.ts'

const report = {
  schemathesis_version: '4.32.5',
  seed: 7,
  running_time: 61.6,
  complete: true,
  operations: { tested: 512 },
  test_cases: { generated: 3000 },
  failures: [
    { type: 'AcceptedNegativeData', title: 'API accepted schema-violating request', count: 3 },
    { type: 'AcceptedNegativeData', title: 'API accepted schema-violating request', count: 1 },
  ],
}

describe('S36: what another fuzzer found', () => {
  it('is counted by what it objects to; only errors of ours make the run fail', () => {
    expect(verdictOf(report, 10, 'abc')).toEqual({
      version: '4.32.5',
      seed: 7,
      maxExamples: 10,
      operations: 512,
      cases: 3000,
      failures: { 'API accepted schema-violating request': 4 },
      serverErrors: 0,
      seconds: 62,
      complete: true,
      commit: 'abc',
    })
    const broken = [...report.failures, { type: 'ServerError', title: 'Server error', count: 2 }]
    expect(verdictOf({ ...report, failures: broken }, 10, 'abc').serverErrors).toBe(2)
  })

  it('is a run that was stopped before it asked anything as well', () => {
    const stopped = { ...report, complete: false, operations: null, test_cases: { generated: 0 }, failures: [] }
    expect(verdictOf(stopped, 10, 'abc')).toMatchObject({ complete: false, operations: 0, cases: 0, failures: {} })
  })

  it('ends well only when something was asked and nothing was an error of ours', () => {
    expect(exitCodeOf({ cases: 3000, serverErrors: 0 })).toBe(0)
    expect(exitCodeOf({ cases: 3000, serverErrors: 2 })).toBe(1)
    expect(exitCodeOf({ cases: 0, serverErrors: 0 })).toBe(2)
  })
})
