import { type FormEvent, useEffect, useRef } from 'react'
import { useParams } from 'react-router'
import { languagesOf, useChannels } from '../catalogue.ts'
import { Action } from '../parts/action.tsx'
import { State } from '../parts/show.tsx'
import { Trouble } from '../parts/trouble.tsx'
import { useUnsaved } from '../parts/unsaved.tsx'
import { Attributes } from '../product/attributes.tsx'
import type { Edit } from '../product/draft.ts'
import { Facts } from '../product/facts.tsx'
import { Meanwhile } from '../product/meanwhile.tsx'
import { Pictures } from '../product/pictures.tsx'
import { Texts } from '../product/texts.tsx'
import { useProduct, useStored } from '../product/use-product.ts'
import { Variants } from '../product/variants.tsx'
import { api } from '../session.ts'

export function ProductPage() {
  const { id = '' } = useParams()
  const { data, error, refetch } = useStored(id)
  const channels = useChannels()
  const failed = error ?? channels.error
  const again = () => void Promise.all([refetch(), channels.refetch()])
  if (!data || !channels.data) return failed ? <Trouble error={failed} again={again} /> : <p className="soft">Loading …</p>
  const languages = [...new Set([...languagesOf(channels.data), ...Object.keys(data.texts)])]
  return (
    <>
      {/* what was typed stays, also when the shop does not answer for a moment */}
      {failed ? <Trouble error={failed} again={again} /> : null}
      <Form key={id} stored={data} languages={languages} currency={channels.data[0]?.currency ?? 'EUR'} />
    </>
  )
}

function Form({ stored, languages, currency }: { stored: Edit; languages: readonly string[]; currency: string }) {
  const form = useProduct(stored)
  const element = useRef<HTMLFormElement>(null)
  const { changed, draft } = form
  useUnsaved(changed)
  useEffect(() => {
    if (!changed) return
    const onKey = (event: KeyboardEvent) => {
      if (!(event.ctrlKey || event.metaKey) || event.key !== 's') return
      event.preventDefault()
      element.current?.requestSubmit()
    }
    addEventListener('keydown', onKey)
    return () => removeEventListener('keydown', onKey)
  }, [changed])
  const submit = (event: FormEvent) => {
    event.preventDefault()
    form.save()
  }
  const [first = 'en'] = languages
  const title = draft.base.texts[first]?.title ?? Object.values(draft.base.texts)[0]?.title ?? draft.base.slug
  const archived = stored.status === 'ARCHIVED'
  const undecided = (draft.meanwhile?.both.length ?? 0) > 0
  return (
    <div className="stack">
      <div className="spread">
        <h1>
          {title} <State of={stored.status} />
        </h1>
        <Status stored={stored} />
      </div>
      {archived ? (
        <p className="note">It is archived: carts and old orders still know it, nothing of it can be changed.</p>
      ) : null}
      <Meanwhile form={form} />
      <form ref={element} aria-label="Product" onSubmit={submit}>
        <fieldset className="columns" disabled={archived || form.saving}>
          {languages.map((language) => (
            <Texts key={language} form={form} language={language} required={language === first} />
          ))}
          <Facts form={form} />
          <Attributes form={form} />
        </fieldset>
        <fieldset disabled={archived || form.saving}>
          <Variants form={form} currency={currency} retired={draft.base.retired} />
        </fieldset>
        {changed || form.error ? (
          <section className="save-bar" aria-label="Unsaved changes">
            {form.error ? (
              <Trouble error={form.error} />
            ) : (
              <span>{undecided ? 'Decide above what shall stand' : 'Not saved yet'}</span>
            )}
            <span className="row">
              <button type="button" className="link" onClick={form.undo}>
                Undo changes
              </button>
              <button type="submit" className="button small" disabled={form.saving || undecided || !changed}>
                {form.saving ? 'Saving …' : 'Save'}
              </button>
            </span>
          </section>
        ) : null}
      </form>
      <Pictures productId={stored.id} languages={languages} />
    </div>
  )
}

/** What is done to a product as a whole, at once. */
function Status({ stored }: { stored: Edit }) {
  const path = { id: stored.id }
  const onSale = stored.status === 'ACTIVE'
  if (stored.status === 'ARCHIVED') return null
  return (
    <div className="row">
      {onSale ? <a href={`/p/${stored.slug}`}>See it in the shop</a> : null}
      <Action
        name={onSale ? 'Take off sale' : 'Put on sale'}
        permission="products:write"
        confirm={onSale ? 'Nobody can buy it until it is put on sale again.' : 'Everybody can see and buy it.'}
        run={() => api.call('PATCH /api/products/{id}', { path, body: { status: onSale ? 'DRAFT' : 'ACTIVE' } })}
      />
      <Action
        name="Archive"
        permission="products:write"
        confirm="It leaves the catalogue for good. Carts and old orders still know it; nothing of it can be changed any more."
        run={() => api.call('DELETE /api/products/{id}', { path })}
      />
    </div>
  )
}
