import { useQuery } from '@tanstack/react-query'
import { useParams } from 'react-router'
import { Field } from '../../../storefront/app/components/field.tsx'
import { Action } from '../parts/action.tsx'
import { minorUnits, money, Panel, State } from '../parts/show.tsx'
import { Trouble } from '../parts/trouble.tsx'
import { api } from '../session.ts'

const LANGUAGES = ['en', 'de'] as const

export function ProductPage() {
  const { id = '' } = useParams()
  const path = { id }
  const { data, error, refetch } = useQuery({
    queryKey: ['product', id],
    queryFn: async () => {
      const [edit, shown] = await Promise.all([
        api.call('GET /api/products/{id}/edit', { path }),
        api.call('GET /api/products/{id}', { path }),
      ])
      return { edit, shown }
    },
  })
  if (error) return <Trouble error={error} again={() => void refetch()} />
  if (!data) return <p className="soft">Loading …</p>
  const { edit, shown } = data
  const options = { ifMatch: `"${edit.version}"` }
  return (
    <div className="stack">
      <div className="spread">
        <h1>
          {shown.title} <State of={edit.status} />
        </h1>
        <div className="row">
          <a href={`/p/${edit.slug}`}>See it in the shop</a>
          <Action
            name={edit.status === 'ACTIVE' ? 'Take off sale' : 'Put on sale'}
            permission="products:write"
            confirm={
              edit.status === 'ACTIVE' ? 'Nobody can buy it until it is put on sale again.' : 'Everybody can see and buy it.'
            }
            run={() =>
              api.call(
                'PATCH /api/products/{id}',
                { path, body: { status: edit.status === 'ACTIVE' ? 'DRAFT' : 'ACTIVE' } },
                options,
              )
            }
          />
        </div>
      </div>
      <div className="columns">
        {LANGUAGES.map((language) => {
          const text = edit.texts[language]
          return (
            <Panel
              key={language}
              title={language === 'en' ? 'English' : 'German'}
              actions={
                <Action
                  name="Edit text"
                  permission="products:write"
                  run={(form) =>
                    api.call(
                      'PATCH /api/products/{id}',
                      {
                        path,
                        body: {
                          texts: {
                            ...edit.texts,
                            [language]: {
                              ...text,
                              title: String(form.get('title')),
                              description: String(form.get('description')),
                            },
                          },
                        },
                      },
                      options,
                    )
                  }
                >
                  <Field label="Title" name="title" required maxLength={200} defaultValue={text?.title ?? ''} />
                  <label className="field">
                    <span className="legend">Description</span>
                    <textarea className="input" name="description" rows={6} defaultValue={text?.description ?? ''} />
                  </label>
                </Action>
              }
            >
              <p>
                <strong>{text?.title ?? 'not translated'}</strong>
              </p>
              <p className="soft prose">{text?.description}</p>
            </Panel>
          )
        })}
        <Panel title="Variants">
          <ul className="stack">
            {shown.variants.map((variant) => (
              <li key={variant.sku} className="spread">
                <span>
                  {variant.title || variant.sku} <span className="soft">{variant.sku}</span>
                </span>
                <span className="number">{variant.price ? money(variant.price) : 'no price'}</span>
                <Action
                  name="Change price"
                  permission="products:write"
                  run={(form) => {
                    const amount = minorUnits(form.get('price'))
                    if (amount === undefined) throw new TypeError('not an amount')
                    const price = { amount, currency: variant.price?.currency ?? 'EUR' }
                    const variants = edit.variants.map((one) => (one.sku === variant.sku ? { ...one, price } : one))
                    return api.call('PATCH /api/products/{id}', { path, body: { variants } }, options)
                  }}
                >
                  <Field
                    label={`Price in ${variant.price?.currency ?? 'EUR'}`}
                    name="price"
                    required
                    inputMode="decimal"
                    defaultValue={variant.price ? (variant.price.amount / 100).toFixed(2) : ''}
                  />
                </Action>
              </li>
            ))}
          </ul>
        </Panel>
        <Panel title="Where it stands">
          <p>{shown.categories.map(({ title }) => title).join(', ') || 'in no department'}</p>
          <p className="soft">{edit.tags.join(', ')}</p>
        </Panel>
      </div>
    </div>
  )
}
