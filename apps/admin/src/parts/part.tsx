import { useQuery } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { may } from '../session.ts'
import { Panel } from './show.tsx'
import { Trouble } from './trouble.tsx'

interface Props<T> {
  readonly title: string
  /** who does not have it sees nothing of this part, and nothing is asked for */
  readonly permission: string
  /** identifies what is loaded; its first word is what `live.ts` reads anew */
  readonly name: readonly unknown[]
  /** asked again by itself, milliseconds: what nobody tells of */
  readonly every?: number
  readonly load: () => Promise<T>
  readonly actions?: ReactNode
  readonly children: (data: T) => ReactNode
}

/**
 * A part of a page with data of its own: where it is refused or fails, this part says so and the others stay. What was loaded before stays, too: somebody
 * may be filling in a form in it.
 */
export function Part<T>({ title, permission, name, every, load, actions, children }: Props<T>) {
  const allowed = may(permission)
  const { data, error, refetch } = useQuery({ queryKey: name, queryFn: load, enabled: allowed, refetchInterval: every ?? false })
  if (!allowed) return null
  return (
    <Panel title={title} actions={actions}>
      {error ? <Trouble error={error} again={() => void refetch()} /> : null}
      {data === undefined ? error ? null : <p className="soft">Loading …</p> : children(data)}
    </Panel>
  )
}
