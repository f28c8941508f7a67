import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { Link } from 'react-router'
import { Field } from '../../../storefront/app/components/field.tsx'
import { pathsOf, useCategories, useTags } from '../catalogue.ts'
import { Action } from '../parts/action.tsx'
import { PickMany } from '../parts/pick.tsx'
import { Trouble } from '../parts/trouble.tsx'
import { useUnsaved } from '../parts/unsaved.tsx'
import { api } from '../session.ts'
import { beginRun, carryOn, type Change, type ManyRun, type Outcome, type Portion } from './many-run.ts'

const UP_TO = 60_000

interface Props {
  readonly chosen: ReadonlySet<string>
  readonly titleOf: (id: string) => string
  readonly onDone: () => void
}

/** Does the same to all chosen products, and says of each that was refused why. */
export function ManyProducts({ chosen, titleOf, onDone }: Props) {
  const queries = useQueryClient()
  const [run, setRun] = useState<ManyRun | undefined>()
  const open = run !== undefined && run.state !== 'finished'
  // only here is known what of it is done, and under which key the rest must be sent
  useUnsaved(open)
  const count = chosen.size
  const goOn = async (from: ManyRun) => {
    const { state } = await carryOn(from, { send, show: setRun })
    if (state === 'finished') onDone()
    await queries.invalidateQueries()
  }
  const apply = async (change: Change) => await goOn(beginRun([...chosen], change))
  const working = run?.state === 'running' ? <p role="status">{progressOf(run)}</p> : null
  const these = count === 1 ? '1 product' : `${count} products`
  return (
    <div className="stack">
      {count > 0 ? (
        <fieldset className="row" aria-label={`What to do with ${these}`} disabled={open}>
          <strong>{these}</strong>
          <Action
            name="Set status"
            permission="products:write"
            confirm={`Of ${these}. What is archived leaves the catalogue for good.`}
            run={(form) => apply({ kind: 'status', status: form.get('status') as 'DRAFT' | 'ACTIVE' | 'ARCHIVED' })}
          >
            <label className="field">
              <span className="legend">Status</span>
              <select className="input" name="status">
                <option value="ACTIVE">on sale</option>
                <option value="DRAFT">draft, not on sale</option>
                <option value="ARCHIVED">archived</option>
              </select>
            </label>
            {working}
          </Action>
          <AddAndRemove name="Categories" kind="categories" these={these} apply={apply} working={working} />
          <AddAndRemove name="Tags" kind="tags" these={these} apply={apply} working={working} />
          <Action
            name="Change prices"
            permission="products:write"
            confirm={`Every price of ${these} in the channel’s own list, quantity breaks too. Sales and other price lists stay.`}
            run={(form) => apply({ kind: 'price', basisPoints: Math.round(Number(form.get('percent')) * 100) })}
          >
            <Field
              label="Per cent (− makes it cheaper)"
              name="percent"
              type="number"
              step={0.01}
              min={-99}
              max={1000}
              required
              hint="Rounded to the cent, so the opposite does not always lead back."
            />
            {working}
          </Action>
        </fieldset>
      ) : null}
      {run && open ? (
        <Unfinished
          run={run}
          onGoOn={() => void goOn(run)}
          onLeave={() => {
            setRun({ ...run, state: 'finished', left: [] })
            onDone()
          }}
        />
      ) : null}
      <Result outcomes={run?.outcomes ?? []} titleOf={titleOf} onClose={() => setRun(undefined)} closable={!open} />
    </div>
  )
}

const send = async ({ ids, key }: Portion, change: Change): Promise<readonly Outcome[]> => {
  const body = { ids: [...ids], change }
  return (await api.call('POST /api/products/many', { body }, { timeoutMs: UP_TO, idempotencyKey: key })).items
}

const progressOf = ({ outcomes, total, waiting }: ManyRun): string =>
  `${outcomes.length} of ${total} …${waiting === undefined ? '' : ` The shop is busy and asks to wait for ${waiting} seconds.`}`

/** A run that did not come to its end goes on under the same keys; anything else would change twice what no answer came for. */
function Unfinished({ run, onGoOn, onLeave }: { run: ManyRun; onGoOn: () => void; onLeave: () => void }) {
  const { outcomes, total, left, state } = run
  return (
    <section className="note stack" aria-label="Not finished">
      {state === 'running' ? (
        <p role="status">{progressOf(run)}</p>
      ) : (
        <>
          <Trouble error={run.error} />
          <p>
            It stopped: {outcomes.length} of {total} are done. Of the next {left[0]?.ids.length} it is not known. Going on does
            nothing twice.
          </p>
          <div className="row">
            <button type="button" className="button small" onClick={onGoOn}>
              Go on with the other {total - outcomes.length}
            </button>
            <button type="button" className="link" onClick={onLeave}>
              Leave them
            </button>
          </div>
        </>
      )}
    </section>
  )
}

interface AddAndRemoveProps {
  readonly name: string
  readonly kind: 'categories' | 'tags'
  readonly these: string
  readonly apply: (change: Change) => Promise<void>
  readonly working: React.ReactNode
}

function AddAndRemove({ name, kind, these, apply, working }: AddAndRemoveProps) {
  const [add, setAdd] = useState<readonly string[]>([])
  const [remove, setRemove] = useState<readonly string[]>([])
  const categories = useCategories()
  const tags = useTags()
  const options = kind === 'tags' ? (tags.data ?? []) : pathsOf(categories.data ?? [])
  return (
    <Action
      name={name}
      permission="products:write"
      confirm={`Of ${these}; all others of a product stay as they are.`}
      run={async () => {
        if (add.length + remove.length === 0) return
        await apply({ kind, add: [...add], remove: [...remove] })
        setAdd([])
        setRemove([])
      }}
    >
      <PickMany label="Add" free={kind === 'tags'} options={options} values={add} onChange={setAdd} />
      <PickMany label="Take away" free={kind === 'tags'} options={options} values={remove} onChange={setRemove} />
      {working}
    </Action>
  )
}

function Result({
  outcomes,
  titleOf,
  closable,
  onClose,
}: {
  outcomes: readonly Outcome[]
  titleOf: (id: string) => string
  closable: boolean
  onClose: () => void
}) {
  if (outcomes.length === 0) return null
  const of = (outcome: Outcome['outcome']) => outcomes.filter((one) => one.outcome === outcome)
  const refused = of('refused')
  return (
    <section className={`note stack ${refused.length > 0 ? 'bad' : 'good'}`} aria-label="Result" role="status">
      <div className="spread">
        <p>
          {of('changed').length} changed, {of('same').length} were so already, {refused.length} refused
        </p>
        {closable ? (
          <button type="button" className="link" onClick={onClose}>
            Close
          </button>
        ) : null}
      </div>
      {refused.length > 0 ? (
        <ul className="stack tight">
          {refused.map(({ id, refusal }) => (
            <li key={id}>
              <Link to={`/products/${id}`}>{titleOf(id)}</Link>: {refusal?.message}{' '}
              {refusal?.fields.map(({ pointer, message }) => `${pointer} ${message}`).join('; ')}
            </li>
          ))}
        </ul>
      ) : null}
    </section>
  )
}
