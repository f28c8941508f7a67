import { quantile } from '../../bench/measure.ts'
import type { EdgeAnswer } from './edge.ts'
import { isReasoned } from './sightings.ts'

/** Whether somebody saw what nobody should see while the shop is looked after. */
const isFailed = ({ status, code }: EdgeAnswer): boolean => status === 0 || (status >= 400 && !isReasoned(status, code))

const nameOf = ({ status, code }: EdgeAnswer): string =>
  status === 0 ? `no answer (${code})` : `${status}${code ? ` ${code}` : ''}`

/** Answers of one span of time, counted. */
export interface AnswerCount {
  readonly requests: number
  readonly failed: readonly string[]
  readonly tally: Readonly<Record<string, number>>
  readonly p50: number
  readonly p99: number
}

export interface Answers {
  readonly take: (answer: EdgeAnswer) => void
  /** What came since the last time this was asked. */
  sinceLast(): AnswerCount
}

export function countAnswers(): Answers {
  let all: EdgeAnswer[] = []
  return {
    take: (answer) => void all.push(answer),
    sinceLast() {
      const span = all
      all = []
      const tally: Record<string, number> = {}
      for (const answer of span) tally[nameOf(answer)] = (tally[nameOf(answer)] ?? 0) + 1
      const times = span.map(({ milliseconds }) => milliseconds).sort((a, b) => a - b)
      return {
        requests: span.length,
        failed: span.filter(isFailed).map((answer) => `${answer.method} ${answer.path.split('?')[0]}: ${nameOf(answer)}`),
        tally,
        p50: Math.round(quantile(times, 0.5)),
        p99: Math.round(quantile(times, 0.99)),
      }
    },
  }
}
