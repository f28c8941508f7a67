import type { ReactNode } from 'react'
import { decimal, digitsOf, moment, type Money, price } from '../../../storefront/app/i18n/format.ts'

export const money = (value: Money): string => price(value, 'en')
export const when = (time: string): string => moment(time, 'en')

const GOOD = new Set([
  'CONFIRMED',
  'DELIVERED',
  'COMPLETED',
  'captured',
  'delivered',
  'ok',
  'in force',
  'running',
  'ACTIVE',
  'done',
  'refunded',
  'replaced',
  'published',
  'sent',
  'UP',
])
const BAD = new Set([
  'CANCELLED',
  'RETURNED',
  'declined',
  'failed',
  'chargeback',
  'out',
  'stuck',
  'rejected',
  'DOWN',
  'behind',
  'disabled',
  'error',
  'warn',
])

export function State({ of }: { of: string }) {
  return (
    <span className="state" data-tone={GOOD.has(of) ? 'good' : BAD.has(of) ? 'bad' : undefined}>
      {of.toLowerCase()}
    </span>
  )
}

export function Panel({ title, children, actions }: { title: string; children: ReactNode; actions?: ReactNode }) {
  return (
    <section className="panel stack">
      <div className="spread">
        <h2>{title}</h2>
        {actions ? <div className="row">{actions}</div> : null}
      </div>
      {children}
    </section>
  )
}

/** What somebody typed, as minor units of the currency; undefined where it is no amount, or finer than the currency. */
export function unitsOf(typed: string, currency: string): number | undefined {
  const text = typed.trim().replace(',', '.')
  const digits = digitsOf(currency)
  const match = /^(\d{1,12})(?:\.(\d+))?$/.exec(text)
  if (!match || (match[2]?.length ?? 0) > digits) return undefined
  return Number(`${match[1]}${(match[2] ?? '').padEnd(digits, '0')}`)
}

/** Minor units as somebody would type them: 1995 EUR is 19.95. */
export const typedAmount = (amount: number, currency: string): string => decimal({ amount, currency })

/** What stands in a field of a form, as minor units; undefined: it is empty. Throws a RangeError for what is no amount. */
export function amountIn(field: FormDataEntryValue | null, currency: string): number | undefined {
  const typed = String(field ?? '').trim()
  const units = typed === '' ? undefined : unitsOf(typed, currency)
  if (typed !== '' && units === undefined) throw new RangeError(`“${typed}” is no amount of ${currency}.`)
  return units
}
