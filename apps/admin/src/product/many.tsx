import { useState } from 'react'
import { Link } from 'react-router'
import type { Answer, Input } from '../../../../packages/client/src/client.ts'
import { Field } from '../../../storefront/app/components/field.tsx'
import { pathsOf, useCategories, useTags } from '../catalogue.ts'
import { Action } from '../parts/action.tsx'
import { PickMany } from '../parts/pick.tsx'
import { api } from '../session.ts'

type Change = Input<'POST /api/products/many'>['body']['change']
type Outcome = Answer<'POST /api/products/many'>['items'][number]

/** One request is one transaction: small enough that nobody waits for its locks. */
const AT_ONCE = 25
const UP_TO = 60_000

interface Props {
  readonly chosen: ReadonlySet<string>
  readonly titleOf: (id: string) => string
  readonly onDone: () => void
}

/** Does the same to all chosen products, and says of each that was refused why. */
export function ManyProducts({ chosen, titleOf, onDone }: Props) {
  const [outcomes, setOutcomes] = useState<readonly Outcome[]>([])
  const [progress, setProgress] = useState<number | undefined>()
  const count = chosen.size
  const apply = async (change: Change) => {
    const ids = [...chosen]
    setOutcomes([])
    try {
      for (let from = 0; from < ids.length; from += AT_ONCE) {
        setProgress(from)
        const body = { ids: ids.slice(from, from + AT_ONCE), change }
        const { items } = await api.call('POST /api/products/many', { body }, { timeoutMs: UP_TO })
        setOutcomes((before) => [...before, ...items])
      }
      onDone()
    } finally {
      setProgress(undefined)
    }
  }
  const working = progress === undefined ? null : <p role="status">{`${progress} of ${count} …`}</p>
  const these = count === 1 ? '1 product' : `${count} products`
  return (
    <div className="stack">
      {count > 0 ? (
        <fieldset className="row" aria-label={`What to do with ${these}`}>
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
      <Result outcomes={outcomes} titleOf={titleOf} onClose={() => setOutcomes([])} />
    </div>
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
  onClose,
}: {
  outcomes: readonly Outcome[]
  titleOf: (id: string) => string
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
        <button type="button" className="link" onClick={onClose}>
          Close
        </button>
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
