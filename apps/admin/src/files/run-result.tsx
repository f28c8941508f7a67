import { Trouble } from '../parts/trouble.tsx'
import type { Outcome } from './send-rows.ts'
import type { Run } from './use-import.ts'

/** So many problems are told; nobody mends more before trying again. */
const TOLD = 200

/** How far it is, what came of it, and what is wrong where. */
export function RunResult({ run, onStop }: { run: Run; onStop: () => void }) {
  const count = (outcome: Outcome['outcome']) => run.outcomes.filter((one) => one.outcome === outcome).length
  const problems = run.outcomes.flatMap((product) => product.problems.map((problem) => ({ ...problem, title: product.title })))
  return (
    <section className="panel stack" aria-label={run.dryRun ? 'Trial' : 'Import'}>
      <div className="spread">
        <h2>{run.dryRun ? 'Trial: nothing is kept' : 'Import'}</h2>
        {run.state === 'running' ? (
          <button type="button" className="link" onClick={onStop}>
            Stop
          </button>
        ) : null}
      </div>
      <progress aria-label="Rows done" value={run.done} max={run.total} />
      <p role="status">
        {run.done} of {run.total} rows: {count('created')} {run.dryRun ? 'would be created' : 'created'}, {count('changed')}{' '}
        {run.dryRun ? 'would change' : 'changed'}, {count('same')} the same, {count('refused')} refused
        {run.waiting === undefined ? '' : `. The shop is busy and asks to wait for ${run.waiting} seconds`}
        {run.state === 'stopped' ? '. Stopped: what was sent stays, the rest was not looked at.' : ''}
      </p>
      {run.state === 'failed' ? <Trouble error={run.error} /> : null}
      {problems.length > 0 ? (
        <div className="matrix-frame">
          <table className="matrix">
            <caption className="hidden">What is wrong</caption>
            <thead>
              <tr>
                <th scope="col">Line</th>
                <th scope="col">Column</th>
                <th scope="col">Product</th>
                <th scope="col">What is wrong</th>
              </tr>
            </thead>
            <tbody>
              {problems.slice(0, TOLD).map((problem) => (
                <tr key={`${problem.pointer} ${problem.line} ${problem.message}`}>
                  <td className="number">{problem.line}</td>
                  <td>{problem.column ?? '–'}</td>
                  <td>{problem.title}</td>
                  <td>{problem.message}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      ) : null}
      {problems.length > TOLD ? <p className="soft">And {problems.length - TOLD} more.</p> : null}
    </section>
  )
}
