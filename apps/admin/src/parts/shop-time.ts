/** Times are shown in the zone of the shop (i18n/format.ts), so they are typed in it too, wherever staff sit. */
const ZONE = 'Europe/Berlin'

const wall = new Intl.DateTimeFormat('en-CA', {
  timeZone: ZONE,
  hourCycle: 'h23',
  year: 'numeric',
  month: '2-digit',
  day: '2-digit',
  hour: '2-digit',
  minute: '2-digit',
})

/** A time as a field of kind `datetime-local` takes it: the clock on the wall of the shop. */
export function toShopTime(iso: string | null | undefined): string {
  if (!iso) return ''
  const parts = Object.fromEntries(wall.formatToParts(new Date(iso)).map(({ type, value }) => [type, value]))
  return `${parts['year']}-${parts['month']}-${parts['day']}T${parts['hour']}:${parts['minute']}`
}

/** The moment at which the clock of the shop shows this; null for an empty field. Of an hour that comes twice the first. */
export function fromShopTime(typed: string): string | null {
  if (typed === '') return null
  const asUtc = Date.parse(`${typed}Z`)
  if (Number.isNaN(asUtc)) return null
  const ahead = (at: number) => Date.parse(`${toShopTime(new Date(at).toISOString())}Z`) - Math.floor(at / 60_000) * 60_000
  // the offset is asked at a guess, and once more at what it led to: between the two may lie the change of the clock
  const guess = asUtc - ahead(asUtc)
  return new Date(asUtc - ahead(guess)).toISOString()
}
