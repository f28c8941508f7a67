export interface Day {
  /** of the calendar: 2026-11-30 */
  readonly period: string
  readonly currency: string
  /** in the currency, two digits: 77.40 */
  readonly total: string
}

const LENGTH = 7

/** Days up to this one, oldest first; a day without sales has none among the reported ones. */
export function weekUntil(today: string, reported: readonly Day[], currency: string): { day: string; amount: number }[] {
  const amounts = new Map(reported.filter((one) => one.currency === currency).map((one) => [one.period, Number(one.total)]))
  return Array.from({ length: LENGTH }, (_, place) => {
    const day = new Date(Date.parse(today) - (LENGTH - 1 - place) * 86_400_000).toISOString().slice(0, 10)
    return { day, amount: amounts.get(day) ?? 0 }
  })
}

/** `77.40` and `EUR` as people read it. */
export const sumOf = (total: number, currency: string): string =>
  new Intl.NumberFormat('en-GB', { style: 'currency', currency }).format(total)

const name = (day: string): string =>
  new Date(day).toLocaleDateString('en-GB', { weekday: 'short', day: 'numeric', timeZone: 'UTC' })

/** What was sold day by day, the best day as long as there is room. */
export function Week({ today, reported, currency }: { today: string; reported: readonly Day[]; currency: string }) {
  const days = weekUntil(today, reported, currency)
  const best = Math.max(...days.map(({ amount }) => amount), 1)
  return (
    <section className="stack">
      <h2>The last seven days</h2>
      <ol className="week">
        {days.map(({ day, amount }) => (
          <li key={day}>
            <span>{name(day)}</span>
            <span className="bar" aria-hidden="true">
              <span style={{ width: `${Math.max(0, (amount / best) * 100)}%` }} />
            </span>
            <span className="number">{sumOf(amount, currency)}</span>
          </li>
        ))}
      </ol>
    </section>
  )
}
