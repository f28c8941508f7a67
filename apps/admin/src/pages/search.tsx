import { useFilter } from '../parts/filter.tsx'
import { Tabs } from '../parts/tabs.tsx'
import { Changes } from '../search/changes.tsx'
import { Queries } from '../search/queries.tsx'
import { Rebuild } from '../search/rebuild.tsx'
import { Rules } from '../search/rules.tsx'
import { Synonyms } from '../search/synonyms.tsx'

const PARTS = [
  { value: 'queries', label: 'Queries', view: Queries },
  { value: 'rules', label: 'Rules', view: Rules },
  { value: 'synonyms', label: 'Synonyms', view: Synonyms },
  { value: 'changes', label: 'Changes', view: Changes },
  { value: 'rebuild', label: 'Read model', view: Rebuild },
] as const

/** What shoppers look for, and what staff say about what they find. */
export function Search() {
  const { values } = useFilter(['part'])
  const { value: now, view: View } = PARTS.find(({ value }) => value === values.part) ?? PARTS[0]
  return (
    <div className="stack">
      <h1>Search</h1>
      <Tabs label="Parts of the search" parts={PARTS} now={now} />
      <View />
    </div>
  )
}
