import { useQueryClient } from '@tanstack/react-query'
import { Field } from '../../../storefront/app/components/field.tsx'
import { pathsOf, useBrands, useCategories, useChannels, useTags, useTaxClasses } from '../catalogue.ts'
import { Action } from '../parts/action.tsx'
import { PickMany } from '../parts/pick.tsx'
import { Panel } from '../parts/show.tsx'
import { api } from '../session.ts'
import type { ProductForm } from './use-product.ts'

/** Where a product stands in the shop: departments, brand, tags, address, channels, tax. */
export function Facts({ form }: { form: ProductForm }) {
  const queries = useQueryClient()
  const categories = useCategories()
  const brands = useBrands()
  const tags = useTags()
  const channels = useChannels()
  const taxClasses = useTaxClasses()
  const shownIn = form.value('channels')
  const brandId = form.value('brandId')
  return (
    <Panel
      title="Where it stands"
      actions={
        <Action
          name="New brand"
          permission="products:write"
          run={async (data) => {
            const brand = await api.call('POST /api/brands', { body: { name: String(data.get('name')).trim() } })
            await queries.invalidateQueries({ queryKey: ['brands'] })
            form.set('brandId', brand.id)
          }}
        >
          <Field label="Name" name="name" id="new-brand" required maxLength={200} />
        </Action>
      }
    >
      <PickMany
        label="Categories"
        options={pathsOf(categories.data ?? [])}
        values={form.value('categoryIds')}
        onChange={(values) => form.set('categoryIds', [...values].sort())}
      />
      <label className="field">
        <span className="legend">Brand</span>
        <select className="input" value={brandId ?? ''} onChange={({ target }) => form.set('brandId', target.value || null)}>
          <option value="">none</option>
          {(brands.data ?? []).map(({ value, label }) => (
            <option key={value} value={value}>
              {label}
            </option>
          ))}
        </select>
      </label>
      <PickMany
        label="Tags"
        free
        options={tags.data ?? []}
        values={form.value('tags')}
        onChange={(values) => form.set('tags', [...values])}
      />
      <Field
        label="Address"
        name="slug"
        required
        maxLength={120}
        pattern="[a-z0-9]+(-[a-z0-9]+)*"
        title="small letters, digits and single hyphens"
        value={form.value('slug')}
        wrong={form.wrong('/slug')}
        hint="Earlier addresses go on leading here."
        onChange={({ target }) => form.set('slug', target.value)}
      />
      <label className="field">
        <span className="legend">Tax class</span>
        <select className="input" value={form.value('taxClass')} onChange={({ target }) => form.set('taxClass', target.value)}>
          {(taxClasses.data ?? [{ key: form.value('taxClass'), name: form.value('taxClass') }]).map(({ key, name }) => (
            <option key={key} value={key}>
              {name}
            </option>
          ))}
        </select>
      </label>
      <fieldset className="stack tight">
        <legend className="legend">Sold in</legend>
        <label className="check">
          <input
            type="checkbox"
            checked={shownIn === null}
            onChange={({ target }) => form.set('channels', target.checked ? null : (channels.data ?? []).map(({ key }) => key))}
          />
          every channel
        </label>
        {shownIn === null
          ? null
          : (channels.data ?? []).map(({ key, name }) => (
              <label key={key} className="check">
                <input
                  type="checkbox"
                  checked={shownIn.includes(key)}
                  onChange={({ target }) =>
                    form.set('channels', target.checked ? [...shownIn, key] : shownIn.filter((one) => one !== key))
                  }
                />
                {name}
              </label>
            ))}
      </fieldset>
    </Panel>
  )
}
