import { Field } from '../../../storefront/app/components/field.tsx'
import { Panel } from '../parts/show.tsx'
import type { Text } from './draft.ts'
import type { ProductForm } from './use-product.ts'

const EMPTY: Text = { title: '', description: '', seoTitle: null, seoDescription: null }

export const languageName = (language: string): string =>
  new Intl.DisplayNames('en', { type: 'language', fallback: 'code' }).of(language) ?? language

/** What a product is called and said about it, in one language. Without a title there is no text in it. */
export function Texts({ form, language, required }: { form: ProductForm; language: string; required: boolean }) {
  const part = `text ${language}` as const
  const text = form.value(part) ?? EMPTY
  const put = (changes: Partial<Text>) => {
    const next = { ...text, ...changes }
    form.set(part, !required && isEmpty(next) ? undefined : next)
  }
  const id = (name: string) => `${name}-${language}`
  const pointer = (name: string) => `/texts/${language}/${name}`
  // a translation may be left out as a whole, but not be without a title
  const needsTitle = required || !isEmpty(text)
  return (
    <Panel title={languageName(language)}>
      <Field
        id={id('title')}
        label="Title"
        name={id('title')}
        required={needsTitle}
        maxLength={300}
        lang={language}
        value={text.title}
        wrong={form.wrong(pointer('title'))}
        onChange={({ target }) => put({ title: target.value })}
      />
      <div className="field">
        <label htmlFor={id('description')}>Description</label>
        <textarea
          id={id('description')}
          rows={6}
          maxLength={50_000}
          lang={language}
          value={text.description}
          onChange={({ target }) => put({ description: target.value })}
        />
      </div>
      <details>
        <summary>For search engines</summary>
        <div className="stack">
          <Field
            id={id('seo-title')}
            label="Title in results"
            name={id('seo-title')}
            maxLength={300}
            lang={language}
            placeholder={text.title}
            value={text.seoTitle ?? ''}
            onChange={({ target }) => put({ seoTitle: target.value || null })}
          />
          <Field
            id={id('seo-description')}
            label="Words below it"
            name={id('seo-description')}
            maxLength={1000}
            lang={language}
            value={text.seoDescription ?? ''}
            onChange={({ target }) => put({ seoDescription: target.value || null })}
          />
        </div>
      </details>
    </Panel>
  )
}

const isEmpty = ({ title, description, seoTitle, seoDescription }: Text): boolean =>
  title === '' && description === '' && seoTitle === null && seoDescription === null
