import type { Answer } from '../../../../packages/client/src/client.ts'
import { useAttributes } from '../catalogue.ts'
import { Panel } from '../parts/show.tsx'
import { nameOf } from './matrix.ts'
import type { ProductForm } from './use-product.ts'

type Definition = Answer<'GET /api/attributes'>['items'][number]
type Value = string | number | boolean | null

/** The fields this shop has defined for its products, each in its kind. */
export function Attributes({ form }: { form: ProductForm }) {
  const definitions = useAttributes()
  const values = form.value('attributes')
  if (!definitions.data || definitions.data.length === 0) return null
  const put = (key: string, value: Value) => {
    const { [key]: _before, ...others } = values
    form.set('attributes', value === null ? others : { ...others, [key]: value })
  }
  return (
    <Panel title="Attributes">
      {definitions.data.map((definition) => {
        const wrong = form.wrong(`/attributes/${definition.key}`)
        return (
          <div key={definition.key} className={definition.type === 'boolean' ? 'check' : 'field'}>
            <label className={definition.type === 'boolean' ? undefined : 'legend'} htmlFor={`attribute-${definition.key}`}>
              {nameOf(definition)}
            </label>
            <Input
              definition={definition}
              value={values[definition.key] ?? null}
              onChange={(value) => put(definition.key, value)}
            />
            {wrong ? <span className="wrong">{wrong}</span> : null}
          </div>
        )
      })}
    </Panel>
  )
}

function Input({ definition, value, onChange }: { definition: Definition; value: Value; onChange: (value: Value) => void }) {
  const { key, type, required, choices } = definition
  const id = `attribute-${key}`
  if (type === 'boolean')
    return <input id={id} type="checkbox" checked={value === true} onChange={({ target }) => onChange(target.checked)} />
  if (type === 'enum')
    return (
      <select
        id={id}
        className="input"
        required={required}
        value={String(value ?? '')}
        onChange={({ target }) => onChange(target.value || null)}
      >
        <option value="">none</option>
        {choices.map((choice) => (
          <option key={choice}>{choice}</option>
        ))}
      </select>
    )
  if (type === 'number')
    return (
      <input
        id={id}
        className="input"
        type="number"
        step="any"
        required={required}
        value={typeof value === 'number' ? value : ''}
        onChange={({ target }) => onChange(Number.isNaN(target.valueAsNumber) ? null : target.valueAsNumber)}
      />
    )
  return (
    <input
      id={id}
      className="input"
      type={type === 'date' ? 'date' : 'text'}
      required={required}
      maxLength={2000}
      value={String(value ?? '')}
      onChange={({ target }) => onChange(target.value || null)}
    />
  )
}
