import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { useNavigate, useParams } from 'react-router'
import { Field } from '../../../storefront/app/components/field.tsx'
import { DocumentEditor } from '../content/editors.tsx'
import type { Document, Entry } from '../content/documents.ts'
import { Action } from '../parts/action.tsx'
import { State, when } from '../parts/show.tsx'
import { Trouble } from '../parts/trouble.tsx'
import { api } from '../session.ts'

export function ContentEntry() {
  const { id = '' } = useParams()
  const { data, error, refetch } = useQuery({
    queryKey: ['content', id],
    queryFn: () => api.call('GET /api/content/entries/{id}', { path: { id } }),
    // what is being written must not change under the hands of who writes
    refetchOnWindowFocus: false,
  })
  if (error) return <Trouble error={error} again={() => void refetch()} />
  if (!data) return <p className="soft">Loading …</p>
  return <Editor key={`${data.id} ${data.version}`} entry={data} />
}

/** Where it is seen under a name; banners and menus are everywhere. */
const addressOf = ({ kind }: Entry, slug: string): string => (kind === 'page' ? `/pages/${slug}` : '/')
const DRAFTS_ARE_SHOWN = new Set<Document['kind']>(['page', 'home'])

function Editor({ entry }: { entry: Entry }) {
  const [document, setDocument] = useState(entry.draft)
  const [slug, setSlug] = useState(entry.slug)
  const queries = useQueryClient()
  const navigate = useNavigate()
  const path = { id: entry.id }
  const options = { ifMatch: `"${entry.version}"` }
  const changed = document !== entry.draft || slug !== entry.slug
  const save = useMutation({
    mutationFn: () => api.call('PUT /api/content/entries/{id}', { path, body: { slug, document } }, options),
    onSuccess: () => queries.invalidateQueries({ queryKey: ['content'] }),
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    save.mutate()
  }
  const preview = async () => {
    const { token } = await api.call('POST /api/content/entries/{id}/preview', { path })
    window.open(`${addressOf(entry, entry.slug)}?preview=${encodeURIComponent(token)}`, '_blank', 'noopener')
  }
  return (
    <div className="stack">
      <div className="spread">
        <h1>
          {entry.title ?? entry.slug} <State of={entry.state} />
        </h1>
        <div className="row">
          {entry.publishedSlug ? <a href={addressOf(entry, entry.publishedSlug)}>See it in the shop</a> : null}
          {!changed && DRAFTS_ARE_SHOWN.has(entry.kind) ? (
            <Action name="Preview" permission="content:write" run={preview} />
          ) : null}
          {!changed && entry.state !== 'published' ? (
            <Action
              name="Publish"
              permission="content:write"
              quiet={false}
              run={() => api.call('POST /api/content/entries/{id}/publish', { path }, options)}
            />
          ) : null}
          {entry.published ? (
            <Action
              name="Withdraw"
              permission="content:write"
              confirm="Visitors do not see it any more. The draft stays."
              run={() => api.call('POST /api/content/entries/{id}/withdraw', { path }, options)}
            />
          ) : null}
          <Action
            name="Delete"
            permission="content:write"
            confirm="It is gone for visitors and for you."
            run={async () => {
              await api.call('DELETE /api/content/entries/{id}', { path }, options)
              void navigate('/content')
            }}
          />
        </div>
      </div>
      <p className="soft small">
        {entry.publishedAt ? `Visitors see what was published ${when(entry.publishedAt)}.` : 'Visitors do not see it yet.'}
      </p>
      <form className="stack" onSubmit={submit}>
        {entry.kind === 'home' ? null : (
          <Field
            label="Name"
            name="slug"
            required
            maxLength={80}
            pattern="[a-z0-9]+(-[a-z0-9]+)*"
            value={slug}
            onChange={(event) => setSlug(event.currentTarget.value)}
          />
        )}
        <DocumentEditor document={document} onChange={setDocument} />
        {save.error ? (
          <Trouble error={save.error} again={() => void queries.invalidateQueries({ queryKey: ['content'] })} />
        ) : null}
        <div className="row">
          <button type="submit" className="button" disabled={!changed || save.isPending}>
            Save the draft
          </button>
          {changed ? <span className="soft">not saved yet</span> : null}
        </div>
      </form>
    </div>
  )
}
