import { useQuery } from '@tanstack/react-query'
import type { Answer } from '../../../../packages/client/src/client.ts'
import { Trouble } from '../parts/trouble.tsx'
import { api } from '../session.ts'
import { Wide } from '../parts/wide.tsx'

/** A share as a percentage; a dash where there is none. */
export const share = (value: number | null | undefined, digits = 1): string =>
  value === null || value === undefined ? '–' : `${(value * 100).toFixed(digits)} %`

type ReportAnswer = Answer<'GET /api/recommendations/experiments/{id}/report'>

/** What came of an experiment: each variant against the first, and whether the split itself can be trusted. */
export function ExperimentReport({ id }: { id: string }) {
  const report = useQuery({
    queryKey: ['recommendations', 'experiments', id],
    queryFn: () => api.call('GET /api/recommendations/experiments/{id}/report', { path: { id } }),
    refetchInterval: 10_000,
  })
  if (report.error) return <Trouble error={report.error} again={() => void report.refetch()} />
  if (!report.data) return null
  const { experiment, variants, sampleRatioMismatch, sampleRatioP } = report.data
  return (
    <section className="stack" aria-label={`Report of ${experiment.key}`}>
      <h3>{experiment.key}</h3>
      {sampleRatioMismatch ? (
        <p className="note bad" role="alert">
          The split is broken (p = {sampleRatioP.toPrecision(2)}): more subjects are missing from one side than chance explains.
          Do not trust the rest.
        </p>
      ) : null}
      <Wide label={`Variants of ${experiment.key}`}>
        <table className="plain">
          <thead>
            <tr>
              {['Variant', 'Subjects', 'Clicked', 'Clicked: difference', 'Customers', 'Ordered', 'Ordered: difference'].map(
                (head) => (
                  <th key={head} scope="col">
                    {head}
                  </th>
                ),
              )}
            </tr>
          </thead>
          <tbody>
            {variants.map((one) => (
              <tr key={one.key}>
                <td>{one.key}</td>
                <td className="number">{one.subjects}</td>
                <td className="number">{of(one.clicked, one.subjects)}</td>
                <td>{judged(one.clickThrough)}</td>
                <td className="number">{one.customers}</td>
                <td className="number">{of(one.ordered, one.customers)}</td>
                <td>{judged(one.conversion)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </Wide>
      <p className="small soft">
        Differences are to the first variant, in percentage points, with their 95 % interval. “Significant” is to be read once,
        when as many took part as were planned before.
      </p>
    </section>
  )
}

const of = (part: number, whole: number): string => `${part} (${share(whole === 0 ? null : part / whole)})`

function judged(one: ReportAnswer['variants'][number]['clickThrough']): string {
  if (!one) return '–'
  const points = (value: number) => `${value >= 0 ? '+' : '−'}${Math.abs(value * 100).toFixed(1)}`
  return `${points(one.difference)} (${points(one.low)} to ${points(one.high)}), p = ${one.p.toPrecision(2)}${one.significant ? ', significant' : ''}`
}
