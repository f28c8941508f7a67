import { useState } from 'react'
import { MoneyField } from '../parts/money-field.tsx'
import { Panel } from '../parts/show.tsx'
import type { Edit, Variant } from './draft.ts'
import { hasFixedSku, type Line, linesOf, type Matrix, nameOf, toggled } from './matrix.ts'
import { Options } from './options.tsx'
import type { ProductForm } from './use-product.ts'

interface Props {
  readonly form: ProductForm
  readonly currency: string
  readonly retired: Edit['retired']
}

/** Every combination of the options in one table: whether it is sold, under which SKU, for how much. */
export function Variants({ form, currency, retired }: Props) {
  const matrix = form.value('variants')
  const put = (next: Matrix) => form.set('variants', next)
  const stored = form.draft.base.variants
  const lines = linesOf(matrix, form.value('slug'), [...retired, ...stored])
  const change = (variant: Variant, changes: Partial<Variant>) =>
    put({ ...matrix, variants: matrix.variants.map((one) => (one === variant ? { ...one, ...changes } : one)) })
  const everyPrice = (amount: number) =>
    put({ ...matrix, variants: matrix.variants.map((variant) => ({ ...variant, price: { amount, currency } })) })
  const wrong = form.wrong('/variants') ?? form.wrong('/options')
  return (
    <Panel title="Variants and prices">
      <Options matrix={matrix} onChange={put} />
      {wrong ? (
        <p className="wrong" role="alert">
          {wrong}
        </p>
      ) : null}
      <div className="matrix-frame">
        <table className="matrix">
          <thead>
            <tr>
              <th scope="col">Sold</th>
              {matrix.options.map((option) => (
                <th key={option.key} scope="col">
                  {nameOf(option)}
                </th>
              ))}
              <th scope="col">SKU</th>
              <th scope="col">Price in {currency}</th>
              <th scope="col">Weight in g</th>
              <th scope="col">Barcode</th>
            </tr>
          </thead>
          <tbody>
            {lines.map((line) => (
              <Row
                key={JSON.stringify(line.options)}
                line={line}
                matrix={matrix}
                currency={currency}
                fixed={hasFixedSku(line.sku, matrix, stored)}
                index={line.variant ? matrix.variants.indexOf(line.variant) : -1}
                wrong={form.wrong}
                onToggle={() => put(toggled(matrix, line, stored))}
                onChange={change}
              />
            ))}
          </tbody>
        </table>
      </div>
      {matrix.variants.length > 1 ? <SamePrice currency={currency} onSet={everyPrice} /> : null}
      <p className="soft small">
        What is no longer sold keeps its SKU, its stock and its history. A SKU stays once it is saved. To replace one, take the
        line off and save, then sell it again under the new SKU, and give that its price and stock. A sale is a price list of its
        own; here stands the regular price.
      </p>
    </Panel>
  )
}

interface RowProps {
  readonly line: Line
  readonly matrix: Matrix
  readonly currency: string
  /** its SKU stays */
  readonly fixed: boolean
  /** among the variants, as the shop counts them in what it refuses */
  readonly index: number
  readonly wrong: ProductForm['wrong']
  readonly onToggle: () => void
  readonly onChange: (variant: Variant, changes: Partial<Variant>) => void
}

function Row({ line, matrix, currency, fixed, index, wrong, onToggle, onChange }: RowProps) {
  const { variant } = line
  const values = matrix.options.map((option) => option.values.find(({ key }) => key === line.options[option.key]))
  const name = values.flatMap((value) => (value ? [nameOf(value)] : [])).join(' / ') || line.sku
  const said = ['sku', 'barcode', 'options', 'price', 'attributes']
    .map((field) => wrong(`/variants/${index}/${field}`))
    .filter(Boolean)
    .join(', ')
  return (
    <tr data-off={variant ? undefined : true}>
      <td>
        <input type="checkbox" aria-label={`Sell ${name}`} checked={variant !== undefined} onChange={onToggle} />
      </td>
      {values.map((value, at) => (
        <td key={matrix.options[at]?.key}>{value ? nameOf(value) : '–'}</td>
      ))}
      {variant ? (
        <>
          <td>
            <input
              className="input"
              aria-label={`SKU of ${name}`}
              aria-invalid={said ? true : undefined}
              required
              readOnly={fixed}
              maxLength={64}
              value={variant.sku}
              onChange={({ target }) => onChange(variant, { sku: target.value })}
            />
            {said ? <span className="wrong">{said}</span> : null}
          </td>
          <td>
            <MoneyField
              label={`Price of ${name}`}
              currency={currency}
              amount={variant.price?.amount}
              required={variant.price !== undefined}
              onChange={(amount) => onChange(variant, { price: { amount, currency } })}
            />
          </td>
          <td>
            <input
              className="input end"
              type="number"
              min={0}
              max={10_000_000}
              aria-label={`Weight of ${name}`}
              value={variant.weightGrams}
              onChange={({ target }) => onChange(variant, { weightGrams: Math.trunc(Number(target.value)) || 0 })}
            />
          </td>
          <td>
            <input
              className="input"
              aria-label={`Barcode of ${name}`}
              maxLength={64}
              value={variant.barcode ?? ''}
              onChange={({ target }) => onChange(variant, { barcode: target.value || null })}
            />
          </td>
        </>
      ) : (
        <td colSpan={4} className="soft">
          not sold · {line.sku}
        </td>
      )}
    </tr>
  )
}

function SamePrice({ currency, onSet }: { currency: string; onSet: (amount: number) => void }) {
  const [amount, setAmount] = useState<number | undefined>()
  return (
    <div className="row">
      <span className="soft">One price for all</span>
      <span className="narrow">
        <MoneyField label="One price for all" currency={currency} amount={amount} onChange={setAmount} />
      </span>
      <button
        type="button"
        className="button small quiet"
        disabled={amount === undefined}
        onClick={() => amount !== undefined && onSet(amount)}
      >
        Set
      </button>
    </div>
  )
}
