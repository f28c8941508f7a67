import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { type DragEvent, useState } from 'react'
import { Field } from '../../../storefront/app/components/field.tsx'
import type { Answer } from '../../../../packages/client/src/client.ts'
import { Action } from '../parts/action.tsx'
import { Panel } from '../parts/show.tsx'
import { Trouble } from '../parts/trouble.tsx'
import { api, may } from '../session.ts'
import { languageName } from './texts.tsx'

type Picture = Answer<'GET /api/products/{id}/images'>['items'][number]

const TYPES = 'image/png,image/jpeg,image/webp,image/gif,application/pdf'
/** A large photograph over a slow line. */
const UPLOAD_MS = 120_000

interface Props {
  readonly productId: string
  readonly languages: readonly string[]
}

/** Pictures are stored as soon as they arrive; the first is the one that lists show. */
export function Pictures({ productId, languages }: Props) {
  const path = { id: productId }
  const queries = useQueryClient()
  const again = () => queries.invalidateQueries({ queryKey: ['product', productId] })
  const { data, error, refetch } = useQuery({
    queryKey: ['product', productId, 'images'],
    queryFn: async () => (await api.call('GET /api/products/{id}/images', { path })).items,
  })
  const [refused, setRefused] = useState<readonly { name: string; error: unknown }[]>([])
  const [over, setOver] = useState(false)
  const upload = useMutation({
    mutationFn: async (files: readonly File[]) => {
      const failed: { name: string; error: unknown }[] = []
      // one after the other: each is drawn anew by the shop, and the order stays
      for (const file of files) {
        try {
          const options = { headers: { 'content-type': file.type }, timeoutMs: UPLOAD_MS }
          await api.call('POST /api/products/{id}/images', { path, body: file }, options)
          await again()
        } catch (reason) {
          failed.push({ name: file.name, error: reason })
        }
      }
      setRefused(failed)
    },
  })
  const move = useMutation({
    mutationFn: ({ id, position }: { id: string; position: number }) =>
      api.call('PATCH /api/products/{id}/images/{mediaId}', { path: { ...path, mediaId: id }, body: { position } }),
    onSettled: again,
  })
  const drop = (event: DragEvent, position: number) => {
    event.preventDefault()
    setOver(false)
    const id = event.dataTransfer.getData('application/x-souk-picture')
    if (id) return move.mutate({ id, position })
    if (event.dataTransfer.files.length > 0) upload.mutate([...event.dataTransfer.files])
  }
  if (error) return <Trouble error={error} again={() => void refetch()} />
  const pictures = data ?? []
  const allowed = may('products:write')
  return (
    <Panel
      title="Pictures"
      actions={
        allowed ? (
          <label className="button small quiet">
            {upload.isPending ? 'Uploading …' : 'Add pictures'}
            <input
              className="hidden"
              type="file"
              multiple
              accept={TYPES}
              disabled={upload.isPending}
              onChange={({ target }) => {
                upload.mutate([...(target.files ?? [])])
                target.value = ''
              }}
            />
          </label>
        ) : undefined
      }
    >
      {refused.map(({ name, error: reason }) => (
        <div key={name}>
          <p className="small">{name} was not taken:</p>
          <Trouble error={reason} />
        </div>
      ))}
      {move.error ? <Trouble error={move.error} /> : null}
      <ul
        className="pictures"
        aria-label="Pictures"
        data-over={over || undefined}
        onDragOver={(event) => {
          event.preventDefault()
          setOver(true)
        }}
        onDragLeave={() => setOver(false)}
        onDrop={(event) => drop(event, pictures.length)}
      >
        {data && pictures.length === 0 ? <li className="soft">No picture yet. Drop some here.</li> : null}
        {pictures.map((picture, index) => (
          <One
            key={picture.id}
            picture={picture}
            index={index}
            last={index === pictures.length - 1}
            productId={productId}
            languages={languages}
            onMove={(position) => move.mutate({ id: picture.id, position })}
            onDrop={(event) => {
              event.stopPropagation()
              drop(event, index)
            }}
          />
        ))}
      </ul>
    </Panel>
  )
}

interface OneProps extends Props {
  readonly picture: Picture
  readonly index: number
  readonly last: boolean
  readonly onMove: (position: number) => void
  readonly onDrop: (event: DragEvent) => void
}

function One({ picture, index, last, productId, languages, onMove, onDrop }: OneProps) {
  const path = { id: productId, mediaId: picture.id }
  const [small] = picture.renditions
  const described = languages.filter((language) => picture.alt[language])
  const name = described[0] ? (picture.alt[described[0]] as string) : `Picture ${index + 1}`
  return (
    <li
      draggable={may('products:write')}
      onDragStart={(event) => event.dataTransfer.setData('application/x-souk-picture', picture.id)}
      onDrop={onDrop}
    >
      {picture.kind === 'image' ? (
        <img src={small?.url} alt={name} width={140} height={140} loading="lazy" />
      ) : (
        <a className="document" href={small?.url}>
          PDF
        </a>
      )}
      <p className={`small ${described.length < languages.length ? 'soft' : ''}`}>
        {described.length === languages.length ? name : `described in ${described.length} of ${languages.length} languages`}
      </p>
      {may('products:write') ? (
        <div className="row">
          <button
            type="button"
            className="link"
            disabled={index === 0}
            aria-label={`Move ${name} forward`}
            onClick={() => onMove(index - 1)}
          >
            ←
          </button>
          <button
            type="button"
            className="link"
            disabled={last}
            aria-label={`Move ${name} back`}
            onClick={() => onMove(index + 1)}
          >
            →
          </button>
          <Action
            name="Describe"
            permission="products:write"
            run={(form) => {
              const alt = languages.flatMap((language) => {
                const text = String(form.get(language) ?? '').trim()
                return text ? [[language, text] as const] : []
              })
              return api.call('PATCH /api/products/{id}/images/{mediaId}', { path, body: { alt: Object.fromEntries(alt) } })
            }}
          >
            <p className="soft small">For those who do not see the picture, and for search engines.</p>
            {languages.map((language) => (
              <Field
                key={language}
                id={`alt-${picture.id}-${language}`}
                name={language}
                label={languageName(language)}
                lang={language}
                maxLength={200}
                defaultValue={picture.alt[language] ?? ''}
              />
            ))}
          </Action>
          <Action
            name="Remove"
            permission="products:write"
            confirm="The picture is gone from the shop."
            run={() => api.call('DELETE /api/products/{id}/images/{mediaId}', { path })}
          />
        </div>
      ) : null}
    </li>
  )
}
