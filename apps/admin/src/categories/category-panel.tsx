import { useQuery } from '@tanstack/react-query'
import { Link } from 'react-router'
import { SoukError } from '../../../../packages/client/src/errors.ts'
import { Field } from '../../../storefront/app/components/field.tsx'
import { type Category, languagesOf, useChannels } from '../catalogue.ts'
import { Action } from '../parts/action.tsx'
import { ifSeen, SeenVersion } from '../parts/seen-version.tsx'
import { Panel } from '../parts/show.tsx'
import { Trouble } from '../parts/trouble.tsx'
import { languageName } from '../product/texts.tsx'
import { api } from '../session.ts'
import { type Place, step, type Tree } from './tree.ts'

const WAYS = [
  { way: 'up', name: 'Up', hint: 'Alt ↑' },
  { way: 'down', name: 'Down', hint: 'Alt ↓' },
  { way: 'in', name: 'Into the one above', hint: 'Alt →' },
  { way: 'out', name: 'Out of its parent', hint: 'Alt ←' },
] as const

interface Props {
  readonly category: Category
  readonly tree: Tree
  readonly onMove: (id: string, place: Place) => void
}

/** The category that is chosen in the tree, and all that can be done with it. */
export function CategoryPanel({ category, tree, onMove }: Props) {
  const path = { id: category.id }
  const stored = useQuery({
    queryKey: ['category', category.id, category.version],
    queryFn: () => api.call('GET /api/categories/{id}', { path }),
  })
  const languages = useLanguages()
  if (stored.error) return <Trouble error={stored.error} />
  const texts = stored.data?.texts ?? {}
  return (
    <Panel
      title={category.title}
      actions={
        <>
          {stored.data ? (
            <Action
              name="Edit"
              permission="products:write"
              run={(form) => {
                const changed = languages.flatMap((language) => {
                  const title = String(form.get(`title-${language}`) ?? '').trim()
                  const description = String(form.get(`description-${language}`) ?? '')
                  return title ? [[language, { ...texts[language], title, description }] as const] : []
                })
                return api.call(
                  'PATCH /api/categories/{id}',
                  { path, body: { slug: String(form.get('slug')), texts: { ...texts, ...Object.fromEntries(changed) } } },
                  ifSeen(form),
                )
              }}
            >
              <SeenVersion of={category.version} />
              {languages.map((language, index) => (
                <TextFields key={language} language={language} text={texts[language]} required={index === 0} />
              ))}
              <Field
                label="Address"
                name="slug"
                id="category-slug"
                required
                maxLength={120}
                pattern="[a-z0-9]+(-[a-z0-9]+)*"
                defaultValue={category.slug}
              />
            </Action>
          ) : null}
          <NewCategory name="New category below" parentId={category.id} />
          <Action
            name="Delete"
            permission="products:write"
            confirm={`“${category.title}” is gone from the shop.`}
            run={() => api.call('DELETE /api/categories/{id}', { path }).catch(tellWhy)}
          />
        </>
      }
    >
      <p className="soft">
        /c/{category.slug} · <Link to={`/products?category=${category.id}`}>its products</Link>
      </p>
      <fieldset className="row" aria-label={`Move ${category.title}`}>
        {WAYS.map(({ way, name, hint }) => {
          const place = step(tree, category.id, way)
          return (
            <button
              key={way}
              type="button"
              className="button small quiet"
              title={hint}
              disabled={!place}
              onClick={() => place && onMove(category.id, place)}
            >
              {name}
            </button>
          )
        })}
      </fieldset>
    </Panel>
  )
}

function useLanguages(): readonly string[] {
  const channels = useChannels()
  const languages = languagesOf(channels.data ?? [])
  return languages.length > 0 ? languages : ['en']
}

interface TextFieldsProps {
  readonly language: string
  readonly text?: { readonly title: string; readonly description: string } | undefined
  readonly required: boolean
}

function TextFields({ language, text, required }: TextFieldsProps) {
  return (
    <>
      <Field
        label={`Title, ${languageName(language)}`}
        name={`title-${language}`}
        id={`category-title-${language}`}
        lang={language}
        required={required}
        maxLength={300}
        defaultValue={text?.title ?? ''}
      />
      <label className="field">
        <span className="legend">Description, {languageName(language)}</span>
        <textarea
          className="input"
          name={`description-${language}`}
          lang={language}
          rows={2}
          defaultValue={text?.description ?? ''}
        />
      </label>
    </>
  )
}

/** A category with a title in as many languages as somebody knows. */
export function NewCategory({ name, parentId }: { name: string; parentId: string | null }) {
  const languages = useLanguages()
  return (
    <Action
      name={name}
      permission="products:write"
      run={(form) => {
        const texts = languages.flatMap((language) => {
          const title = String(form.get(`title-${language}`) ?? '').trim()
          return title ? [[language, { title, description: String(form.get(`description-${language}`) ?? '') }] as const] : []
        })
        // at the end of its siblings
        return api.call('POST /api/categories', { body: { parentId, position: 1_000_000, texts: Object.fromEntries(texts) } })
      }}
    >
      {languages.map((language, index) => (
        <TextFields key={language} language={language} required={index === 0} />
      ))}
    </Action>
  )
}

/** A refusal that says what is in the way, and so what to do. */
function tellWhy(error: unknown): never {
  if (!(error instanceof SoukError) || error.code !== 'products/in-use') throw error
  const { categories = 0, products = 0 } = (error.problem.details ?? {}) as { categories?: number; products?: number }
  const parts = [
    categories > 0 && `${categories === 1 ? 'one category lies' : `${categories} categories lie`} below it`,
    products > 0 && `${products === 1 ? 'one product is' : `${products} products are`} in it`,
  ].filter(Boolean)
  if (parts.length === 0) throw error
  const detail = `It is not empty: ${parts.join(', and ')}. Move them first, then delete it.`
  throw new SoukError({ ...error.problem, detail }, error.headers)
}
