import { useSpeech } from '../i18n/language.ts'
import { Link } from './link.tsx'

/** A page on the way to this one; `to` without its language. */
export interface Step {
  readonly title: string
  readonly to: string
}

interface Props {
  readonly trail: readonly Step[]
  readonly here: string
}

export function Crumbs({ trail, here }: Props) {
  const { words } = useSpeech()
  return (
    <nav aria-label={words.shop.menu}>
      <ol className="crumbs">
        {trail.map(({ title, to }) => (
          <li key={to}>
            <Link to={to}>{title}</Link>
          </li>
        ))}
        <li aria-current="page">{here}</li>
      </ol>
    </nav>
  )
}
