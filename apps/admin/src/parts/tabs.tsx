import { Link } from 'react-router'

export interface Part {
  readonly value: string
  readonly label: string
}

interface Props {
  readonly label: string
  /** the first is shown where the address names none */
  readonly parts: readonly Part[]
  readonly now: string
}

/** Parts of a screen, each with an address of its own: `?part=`. Filters of one part mean nothing to another, so they are left behind. */
export function Tabs({ label, parts, now }: Props) {
  return (
    <nav className="tabs" aria-label={label}>
      {parts.map(({ value, label: name }, index) => (
        <Link key={value} to={{ search: index === 0 ? '' : `?part=${value}` }} aria-current={value === now ? 'page' : undefined}>
          {name}
        </Link>
      ))}
    </nav>
  )
}
