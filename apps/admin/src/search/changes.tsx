import type { Item } from '../../../../packages/client/src/client.ts'
import { Choice, useFilter } from '../parts/filter.tsx'
import { Rows } from '../parts/rows.tsx'
import { when } from '../parts/show.tsx'
import { languageName } from '../product/texts.tsx'
import { api } from '../session.ts'
import { ProductName } from './product-name.tsx'
import { called, doesWhat, placeName } from './rule.ts'
import { Who } from './who.tsx'

type Edit = Item<'GET /api/search/edits'>
const SUBJECTS = ['rule', 'synonym'] as const

/** Where the history of a rule or synonym is. */
export const historyOf = (id: string): string => `/search?part=changes&of=${id}`

/** Who changed what, and what it was before. */
export function Changes() {
  const { values, set } = useFilter(['of', 'subject'])
  const subject = SUBJECTS.find((one) => one === values.subject)
  const subjectId = values.of
  return (
    <>
      <div className="row">
        <Choice label="Of" value={subject} options={SUBJECTS} onChange={(value) => set('subject', value)} />
        {subjectId ? (
          <button type="button" className="link" onClick={() => set('of', '')}>
            Show the changes of everything
          </button>
        ) : null}
      </div>
      <Rows
        label="Changes"
        name={['search', 'edits', subject, subjectId]}
        load={(cursor) => api.call('GET /api/search/edits', { query: { limit: 50, cursor, subject, subjectId } })}
        keyOf={({ id }) => id}
        empty="Nobody changed anything yet."
        columns={[
          { title: 'When', width: '11rem', cell: ({ at }) => when(at) },
          { title: 'Who', width: '9rem', cell: ({ by }) => <Who by={by} /> },
          { title: 'What', width: '9rem', cell: (edit) => `${edit.subject} ${deedOf(edit)}` },
          { title: 'Before', width: 'minmax(14rem, 1fr)', cell: ({ before }) => <Said of={before} /> },
          { title: 'After', width: 'minmax(14rem, 1fr)', cell: ({ after }) => <Said of={after} /> },
        ]}
      />
    </>
  )
}

const deedOf = ({ before, after }: Edit): string => (before === null ? 'added' : after === null ? 'removed' : 'changed')

function Said({ of }: { of: Edit['before'] }) {
  if (of === null) return '–'
  if ('words' in of) {
    const text = `${of.words.join(' = ')}${of.finds.length > 0 ? ` → ${of.finds.join(', ')}` : ''} (${languageName(of.locale)})`
    return <span title={text}>{text}</span>
  }
  return (
    <span title={`${doesWhat(of)} for ${called(of.query)}, ${placeName(of)}`}>
      {called(of.query)}: <ProductName id={of.productId} /> {doesWhat(of)}, {placeName(of)}
    </span>
  )
}
