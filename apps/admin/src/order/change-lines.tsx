import { useMutation, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import type { Input } from '../../../../packages/client/src/client.ts'
import { Field } from '../../../storefront/app/components/field.tsx'
import type { Money } from '../../../storefront/app/i18n/format.ts'
import { Action } from '../parts/action.tsx'
import { findSku } from '../parts/find-sku.ts'
import { Select } from '../parts/select.tsx'
import { useSettled } from '../parts/settled.ts'
import { money } from '../parts/show.tsx'
import { Trouble } from '../parts/trouble.tsx'
import { api, may } from '../session.ts'
import { changesOf, type NewLine } from './line-changes.ts'
import { isOpen, type Order } from './order.ts'
import { sayWhy } from './stays-as-it-was.ts'

const WAYS = { invoice: 'on invoice, the customer pays later', paid: 'has come already, in cash or to the bank account' }
/** What the question has found out when it is answered: what would change, from which version, and what it comes to. */
interface Quoted {
  readonly version: number
  readonly lines: Input<'POST /api/orders/{id}/edits'>['body']['lines']
  readonly total: Money
}

/** Other goods in an order that has not left; what that costs is shown before it is so. */
export function ChangeLines({ order }: { order: Order }) {
  if (!isOpen(order)) return null
  return (
    <Action name="Change goods" permission="orders:write" run={(form) => change(order.id, form)}>
      <LineFields order={order} />
    </Action>
  )
}

async function change(id: string, form: FormData): Promise<void> {
  const quoted = String(form.get('quoted') ?? '')
  if (quoted === '') throw new RangeError('Change something first, and wait for what it comes to.')
  const { version, lines, total } = JSON.parse(quoted) as Quoted
  const reason = String(form.get('reason')).trim()
  const way = form.get('way')
  const body = {
    lines,
    expectedTotal: total,
    ...(reason === '' ? {} : { reason }),
    ...(way === null ? {} : { paymentMethodId: 'invoice' }),
  }
  const { edit } = await api
    .call('POST /api/orders/{id}/edits', { path: { id }, body }, { ifMatch: `"${version}"` })
    .catch(sayWhy)
  if (way === 'paid') await api.call('POST /api/payments/capture', { body: { orderId: edit.id } })
}

function LineFields({ order: now }: { order: Order }) {
  // what is read anew behind the question must not stand in for what was seen
  const [order] = useState(now)
  const [typed, setTyped] = useState<Readonly<Record<string, string>>>({})
  const [added, setAdded] = useState<readonly NewLine[]>([])
  const lines = changesOf(order.items, typed, added)
  const asked = useSettled(JSON.stringify(lines))
  const quote = useQuery({
    queryKey: ['change of goods', order.id, order.version, asked],
    queryFn: ({ signal }) =>
      api.call('POST /api/orders/{id}/edits/quote', { path: { id: order.id }, body: { lines: JSON.parse(asked) } }, { signal }),
    // once the order has changed, this question is answered
    enabled: ({ state }) => asked !== '[]' && !state.isInvalidated,
  })
  const settled = lines.length > 0 && asked === JSON.stringify(lines)
  const set = (line: string, units: string) => setTyped((before) => ({ ...before, [line]: units }))
  return (
    <>
      {order.items.map(({ lineId, sku, title, quantity }, place) => (
        <Field
          key={lineId}
          label={`${title}, ${sku}`}
          name={`line-${place}`}
          type="number"
          required
          min={0}
          value={typed[lineId] ?? quantity}
          onChange={({ target }) => set(lineId, target.value)}
        />
      ))}
      {added.map(({ sku, title, units }, place) => (
        <Field
          key={sku}
          label={`New: ${title === sku ? sku : `${title}, ${sku}`}`}
          name={`new-${place}`}
          type="number"
          required
          min={0}
          value={units}
          onChange={({ target }) =>
            setAdded((before) => before.map((line) => (line.sku === sku ? { ...line, units: target.value } : line)))
          }
        />
      ))}
      <p className="soft small">0 takes goods out. What is kept costs what it cost, what is new costs what it costs today.</p>
      <AddGoods
        has={[...order.items, ...added].map(({ sku }) => sku)}
        onAdd={(line) => setAdded((before) => [...before, { ...line, units: '1' }])}
      />
      <Field label="Why" name="reason" maxLength={300} hint="The customer sees it in the course of the order." />
      {settled && quote.error ? <Trouble error={quote.error} /> : null}
      {settled && quote.data ? <Difference order={order} lines={lines} quote={quote.data} /> : null}
    </>
  )
}

/** By SKU, or by words of the title. */
function AddGoods({ has, onAdd }: { has: readonly string[]; onAdd: (found: { sku: string; title: string }) => void }) {
  const [wanted, setWanted] = useState('')
  const find = useMutation({
    mutationFn: async () => {
      const found = await findSku(wanted.trim())
      if (has.includes(found.sku)) throw new RangeError('These goods are in the order already: change how many.')
      onAdd(found)
      setWanted('')
    },
  })
  return (
    <>
      <Field
        label="More goods: SKU, or words of the title"
        name="more"
        maxLength={100}
        value={wanted}
        onChange={({ target }) => setWanted(target.value)}
        onKeyDown={(event) => {
          if (event.key !== 'Enter') return
          // Enter adds; it must not answer the whole question
          event.preventDefault()
          if (wanted.trim() !== '') find.mutate()
        }}
      />
      <div className="row">
        <button
          type="button"
          className="button small quiet"
          disabled={wanted.trim() === '' || find.isPending}
          onClick={() => find.mutate()}
        >
          Add
        </button>
      </div>
      {find.error ? <Trouble error={find.error} /> : null}
    </>
  )
}

interface DifferenceProps {
  readonly order: Order
  readonly lines: Quoted['lines']
  readonly quote: { readonly total: Money; readonly difference: Money }
}

/** What it comes to, and how the difference is settled. An order that waits for its payment is paid as it is then. */
function Difference({ order, lines, quote: { total, difference } }: DifferenceProps) {
  const { amount, currency } = difference
  const dearer = amount > 0 && order.status !== 'PENDING'
  const allowed = !dearer || may('orders:draft')
  const ways = may('payments:capture') ? Object.keys(WAYS) : ['invoice']
  return (
    <div className="note stack" role="status">
      <p>
        {money(total)} instead of {money(order.total)}
        {amount === 0 || order.status === 'PENDING' ? '' : amount < 0 ? `: ${money({ amount: -amount, currency })} go back` : ''}
        {dearer ? `: ${money(difference)} more` : ''}.
      </p>
      {allowed ? (
        <input type="hidden" name="quoted" value={JSON.stringify({ version: order.version, lines, total } satisfies Quoted)} />
      ) : (
        <p>Who may not write draft orders cannot let the customer owe more.</p>
      )}
      {dearer && allowed ? (
        <Select label="The difference" name="way" options={ways} show={(way) => WAYS[way as keyof typeof WAYS]} />
      ) : null}
    </div>
  )
}
