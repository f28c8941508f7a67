import { Link, useNavigate } from 'react-router'
import { Field } from '../../../storefront/app/components/field.tsx'
import { KINDS, newDocument } from '../content/documents.ts'
import { Action } from '../parts/action.tsx'
import { Choice, useFilter } from '../parts/filter.tsx'
import { Rows } from '../parts/rows.tsx'
import { State, when } from '../parts/show.tsx'
import { api } from '../session.ts'

const TITLES = { page: 'page', banner: 'banner', menu: 'menu', home: 'home page' } as const

/** What the shop says of itself: pages, banners, menus, the home page. */
export function Content() {
  const { values, set } = useFilter(['kind'])
  const navigate = useNavigate()
  const kind = KINDS.find((one) => one === values.kind)
  const create = async (form: FormData) => {
    const text = (name: string) => String(form.get(name) ?? '').trim()
    const made = KINDS.find((one) => one === text('kind')) ?? 'page'
    const { id } = await api.call('POST /api/content/entries', {
      body: { slug: made === 'home' ? 'home' : text('slug'), document: newDocument(made, text('title')) },
    })
    void navigate(`/content/${id}`)
  }
  return (
    <div className="stack">
      <div className="spread">
        <h1>Content</h1>
        <Action name="New entry" permission="content:write" quiet={false} run={create}>
          <label className="field">
            <span className="legend">Kind</span>
            <select className="input" name="kind" defaultValue={kind ?? 'page'}>
              {KINDS.map((one) => (
                <option key={one} value={one}>
                  {TITLES[one]}
                </option>
              ))}
            </select>
          </label>
          <Field
            label="Name"
            name="slug"
            required
            maxLength={80}
            pattern="[a-z0-9]+(-[a-z0-9]+)*"
            defaultValue="new"
            hint="Small letters, figures and dashes. The address of a page; the shop shows the menus header and footer."
          />
          <Field label="Title in English" name="title" required maxLength={200} />
        </Action>
      </div>
      <div className="row">
        <Choice label="Kind" value={kind} options={KINDS} onChange={(value) => set('kind', value)} />
      </div>
      <Rows
        label="Content"
        name={['content', kind]}
        load={(cursor) => api.call('GET /api/content/entries', { query: { limit: 100, cursor, kind } })}
        keyOf={({ id }) => id}
        empty="Nothing written yet. Visitors see the home page that comes with the shop."
        columns={[
          { title: 'Name', width: 'minmax(9rem, 1fr)', cell: ({ id, slug }) => <Link to={`/content/${id}`}>{slug}</Link> },
          { title: 'Title', width: 'minmax(10rem, 2fr)', cell: ({ title }) => title ?? '–' },
          { title: 'Kind', width: '7rem', cell: ({ kind: one }) => TITLES[one] },
          { title: 'State', width: '8rem', cell: ({ state }) => <State of={state} /> },
          { title: 'Changed', width: '11rem', cell: ({ updatedAt }) => when(updatedAt) },
        ]}
      />
    </div>
  )
}
