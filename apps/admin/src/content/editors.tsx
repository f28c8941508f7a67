import { Field } from '../../../storefront/app/components/field.tsx'
import type { Document, DocumentOf } from './documents.ts'
import { HomeEditor } from './home-editor.tsx'
import { ListEditor } from './list-editor.tsx'
import { Texts } from './texts.tsx'

interface Props<D> {
  readonly document: D
  readonly onChange: (document: D) => void
}

/** The fields of a document, whatever it is. */
export function DocumentEditor({ document, onChange }: Props<Document>) {
  switch (document.kind) {
    case 'page':
      return <PageEditor document={document} onChange={onChange} />
    case 'banner':
      return <BannerEditor document={document} onChange={onChange} />
    case 'menu':
      return <MenuEditor document={document} onChange={onChange} />
    case 'home':
      return <HomeEditor document={document} onChange={onChange} />
  }
}

function PageEditor({ document, onChange }: Props<DocumentOf<'page'>>) {
  return (
    <Texts
      id="page"
      fields={[
        { name: 'title', label: 'Title' },
        { name: 'description', label: 'For search engines', optional: true },
        { name: 'body', label: 'Text, as Markdown', rows: 24, optional: true },
      ]}
      texts={document.texts}
      onChange={(texts) => onChange({ ...document, texts: texts as typeof document.texts })}
    />
  )
}

/** A moment as the field of the browser wants it, in this place's time, and back. */
const toField = (time: string | null): string => {
  if (time === null) return ''
  const at = new Date(time)
  return new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16)
}
const fromField = (text: string): string | null => (text === '' ? null : new Date(text).toISOString())

function BannerEditor({ document, onChange }: Props<DocumentOf<'banner'>>) {
  return (
    <div className="stack">
      <Texts
        id="banner"
        fields={[{ name: 'text', label: 'Text' }]}
        texts={document.texts}
        onChange={(texts) => onChange({ ...document, texts: texts as typeof document.texts })}
      />
      <div className="row">
        <Field
          label="Leads to"
          name="to"
          value={document.to ?? ''}
          hint="/products, /pages/…, or empty"
          onChange={(event) => onChange({ ...document, to: event.currentTarget.value.trim() || null })}
        />
        <Field
          label="From"
          name="from"
          type="datetime-local"
          value={toField(document.from)}
          onChange={(event) => onChange({ ...document, from: fromField(event.currentTarget.value) })}
        />
        <Field
          label="Until"
          name="until"
          type="datetime-local"
          value={toField(document.until)}
          onChange={(event) => onChange({ ...document, until: fromField(event.currentTarget.value) })}
        />
      </div>
    </div>
  )
}

function MenuEditor({ document, onChange }: Props<DocumentOf<'menu'>>) {
  const { items } = document
  const add = () => onChange({ ...document, items: [...items, { to: '/products', texts: { en: { label: 'New link' } } }] })
  return (
    <div className="stack">
      {items.length === 0 ? <p className="soft">No links yet.</p> : null}
      <ListEditor
        items={items}
        titleOf={({ texts }) => texts['en']?.label ?? ''}
        onChange={(changed) => onChange({ ...document, items: changed })}
      >
        {(item, change, place) => (
          <>
            <Texts
              id={`link-${place}`}
              fields={[{ name: 'label', label: 'Name' }]}
              texts={item.texts}
              onChange={(texts) => change({ ...item, texts: texts as typeof item.texts })}
            />
            <Field
              label="Leads to"
              name={`link-${place}-to`}
              required
              value={item.to}
              hint="/pages/imprint, https://…, mailto:…"
              onChange={(event) => change({ ...item, to: event.currentTarget.value.trim() })}
            />
          </>
        )}
      </ListEditor>
      <button type="button" className="button small quiet" onClick={add}>
        Add a link
      </button>
    </div>
  )
}
