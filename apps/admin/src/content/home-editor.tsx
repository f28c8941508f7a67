import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { Field } from '../../../storefront/app/components/field.tsx'
import { api } from '../session.ts'
import { type DocumentOf, newSection, type Section, SECTION_TYPES, sectionNames } from './documents.ts'
import { ListEditor } from './list-editor.tsx'
import { type TextField, Texts } from './texts.tsx'

const FIELDS: Readonly<Record<Section['type'], readonly TextField[]>> = {
  hero: [
    { name: 'title', label: 'Title' },
    { name: 'text', label: 'Text', rows: 3, optional: true },
    { name: 'label', label: 'Button' },
  ],
  products: [{ name: 'title', label: 'Title' }],
  categories: [{ name: 'title', label: 'Title' }],
  recommended: [],
  text: [
    { name: 'title', label: 'Title' },
    { name: 'body', label: 'Text, as Markdown', rows: 8, optional: true },
  ],
  points: [
    { name: 'title', label: 'Title' },
    { name: 'text', label: 'Text', rows: 2, optional: true },
  ],
}

interface Props {
  readonly document: DocumentOf<'home'>
  readonly onChange: (document: DocumentOf<'home'>) => void
}

/** The home page, section by section. */
export function HomeEditor({ document, onChange }: Props) {
  const { sections } = document
  const [type, setType] = useState<Section['type']>('text')
  return (
    <div className="stack">
      {sections.length === 0 ? <p className="soft">No sections: visitors see the home page that comes with the shop.</p> : null}
      <ListEditor
        items={sections}
        titleOf={(section, place) => `${place + 1}. ${sectionNames[section.type]}`}
        onChange={(changed) => onChange({ ...document, sections: changed })}
      >
        {(section, change, place) => <SectionEditor id={`section-${place}`} section={section} onChange={change} />}
      </ListEditor>
      <div className="row">
        <label className="field">
          <span className="legend">Section</span>
          <select className="input" value={type} onChange={(event) => setType(event.target.value as Section['type'])}>
            {SECTION_TYPES.map((one) => (
              <option key={one} value={one}>
                {sectionNames[one]}
              </option>
            ))}
          </select>
        </label>
        <button
          type="button"
          className="button small quiet"
          onClick={() => onChange({ ...document, sections: [...sections, newSection(type, 'New')] })}
        >
          Add the section
        </button>
      </div>
    </div>
  )
}

interface SectionProps {
  readonly id: string
  readonly section: Section
  readonly onChange: (section: Section) => void
}

function SectionEditor({ id, section, onChange }: SectionProps) {
  const fields = FIELDS[section.type]
  if (section.type === 'recommended') return <p className="soft">What the shop recommends to who is looking.</p>
  if (section.type === 'points') {
    const { points } = section
    return (
      <>
        <ListEditor
          items={points}
          titleOf={({ texts }) => texts['en']?.title ?? ''}
          onChange={(changed) => onChange({ ...section, points: changed })}
        >
          {(point, change, place) => (
            <Texts
              id={`${id}-${place}`}
              fields={fields}
              texts={point.texts}
              onChange={(texts) => change({ texts: texts as typeof point.texts })}
            />
          )}
        </ListEditor>
        <button
          type="button"
          className="button small quiet"
          disabled={points.length >= 6}
          onClick={() => onChange({ ...section, points: [...points, { texts: { en: { title: 'New', text: '' } } }] })}
        >
          Add a point
        </button>
      </>
    )
  }
  return (
    <>
      <Texts id={id} fields={fields} texts={section.texts} onChange={(texts) => onChange({ ...section, texts } as Section)} />
      {section.type === 'hero' ? (
        <Field
          label="Button leads to"
          name={`${id}-to`}
          required
          value={section.to}
          onChange={(event) => onChange({ ...section, to: event.currentTarget.value.trim() })}
        />
      ) : null}
      {section.type === 'products' ? <Row id={id} section={section} onChange={onChange} /> : null}
    </>
  )
}

const SORTS = { newest: 'Newest first', price: 'Cheapest first', '-price': 'Dearest first' } as const

/** Which products stand in a row. */
function Row({ id, section, onChange }: SectionProps & { section: Extract<Section, { type: 'products' }> }) {
  const { data } = useQuery({ queryKey: ['departments'], queryFn: () => api.call('GET /api/categories') })
  return (
    <div className="row">
      <label className="field">
        <span className="legend">Department</span>
        <select
          className="input"
          value={section.category ?? ''}
          onChange={(event) => onChange({ ...section, category: event.target.value || null })}
        >
          <option value="">all</option>
          {data?.items.map(({ slug, title, level }) => (
            <option key={slug} value={slug}>
              {'– '.repeat(level)}
              {title}
            </option>
          ))}
        </select>
      </label>
      <label className="field">
        <span className="legend">Order</span>
        <select
          className="input"
          value={section.sort}
          onChange={(event) => onChange({ ...section, sort: event.target.value as typeof section.sort })}
        >
          {Object.entries(SORTS).map(([value, name]) => (
            <option key={value} value={value}>
              {name}
            </option>
          ))}
        </select>
      </label>
      <Field
        label="How many"
        name={`${id}-limit`}
        type="number"
        min={1}
        max={24}
        required
        value={section.limit}
        onChange={(event) => onChange({ ...section, limit: Math.trunc(Number(event.currentTarget.value)) })}
      />
    </div>
  )
}
