import { SoukError } from '../../../../packages/client/src/errors.ts'
import { may } from '../session.ts'

/** What a failed request looks like: the shop's own sentence, its code, and the trace to look for in the log. */
export function Trouble({ error, again }: { error: unknown; again?: () => void }) {
  const problem = error instanceof SoukError ? error.problem : undefined
  // what a screen itself found wrong, before anybody was asked
  const own = error instanceof RangeError ? error.message : undefined
  return (
    <div className="note bad stack" role="alert">
      <p>{problem?.detail ?? own ?? 'The shop did not answer.'}</p>
      {problem?.errors?.map(({ pointer, message }) => (
        <p key={pointer} className="small">
          {pointer}: {message}
        </p>
      ))}
      {problem ? (
        <p className="small">
          {problem.code} · trace{' '}
          {may('monitoring:read') ? <a href={`/admin/traces?id=${problem.traceId}`}>{problem.traceId}</a> : problem.traceId}
        </p>
      ) : null}
      {again ? (
        <button type="button" className="link" onClick={again}>
          Try again
        </button>
      ) : null}
    </div>
  )
}
