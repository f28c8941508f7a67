import type { ReactNode } from 'react'
import { moment, type Money, price } from '../../../storefront/app/i18n/format.ts'

export const money = (value: Money): string => price(value, 'en')
export const when = (time: string): string => moment(time, 'en')

const GOOD = new Set([
  'CONFIRMED',
  'DELIVERED',
  'COMPLETED',
  'captured',
  'delivered',
  'ok',
  'ACTIVE',
  'done',
  'refunded',
  'replaced',
  'published',
])
const BAD = new Set(['CANCELLED', 'RETURNED', 'declined', 'failed', 'chargeback', 'out', 'stuck', 'rejected'])

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

/** Amount in the unit people type, to minor units; undefined where it is no amount. */
export function minorUnits(text: FormDataEntryValue | null): number | undefined {
  const value = Math.round(Number(String(text ?? '').replace(',', '.')) * 100)
  return String(text ?? '').trim() !== '' && Number.isSafeInteger(value) ? value : undefined
}
