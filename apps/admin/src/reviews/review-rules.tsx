import { type UseQueryResult, useQuery } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import type { Answer } from '../../../../packages/client/src/client.ts'
import { Field } from '../../../storefront/app/components/field.tsx'
import { languagesOf, useChannels } from '../catalogue.ts'
import { Action } from '../parts/action.tsx'
import { Panel, when } from '../parts/show.tsx'
import { Trouble } from '../parts/trouble.tsx'
import { Wide } from '../parts/wide.tsx'
import { languageName } from '../product/texts.tsx'
import { api } from '../session.ts'

export const CONFIGURE = 'reviews:configure'
type Tag = Answer<'GET /api/reviews/tags'>['items'][number]

/** Which words send a review to staff, and which tags its author may choose. */
export function ReviewRules() {
  return (
    <div className="columns">
      <ForbiddenWords />
      <Tags />
    </div>
  )
}

interface RulesPanelProps<T> {
  readonly title: string
  readonly actions: ReactNode
  readonly found: UseQueryResult<readonly T[]>
  readonly empty: string
  readonly heads: ReactNode
  readonly row: (item: T) => ReactNode
}

function RulesPanel<T>({ title, actions, found: { data, error, refetch }, empty, heads, row }: RulesPanelProps<T>) {
  return (
    <Panel title={title} actions={actions}>
      {error ? <Trouble error={error} again={() => void refetch()} /> : null}
      {!data && !error ? <p className="soft">Loading …</p> : null}
      {data?.length === 0 ? <p className="soft">{empty}</p> : null}
      {data && data.length > 0 ? (
        <Wide label={title}>
          <table className="plain">
            <thead>
              <tr>{heads}</tr>
            </thead>
            <tbody>{data.map(row)}</tbody>
          </table>
        </Wide>
      ) : null}
    </Panel>
  )
}

function ForbiddenWords() {
  const found = useQuery({
    queryKey: ['reviews', 'words'],
    queryFn: async () => (await api.call('GET /api/reviews/words')).items,
  })
  return (
    <RulesPanel
      title="Words that send a review to staff"
      actions={
        <Action
          name="Add a word"
          permission={CONFIGURE}
          run={(form) => api.call('POST /api/reviews/words', { body: { word: String(form.get('word')).trim() } })}
        >
          <Field
            label="Word, or several in a row"
            name="word"
            required
            maxLength={100}
            pattern=".*\S.*"
            hint="Capitals and accents do not matter. Reviews that are shown already stay."
          />
        </Action>
      }
      found={found}
      empty="No word does. Links, figures and the rest of the rules count all the same."
      heads={
        <>
          <th scope="col">Word</th>
          <th scope="col">Added</th>
          <th scope="col">To do</th>
        </>
      }
      row={({ id, word, addedAt }) => (
        <tr key={id}>
          <td>{word}</td>
          <td>{when(addedAt)}</td>
          <td>
            <Action
              name="Remove"
              permission={CONFIGURE}
              confirm={`From now on a review with “${word}” is shown without waiting for staff, if nothing else is against it.`}
              run={() => api.call('DELETE /api/reviews/words/{id}', { path: { id } })}
            />
          </td>
        </tr>
      )}
    />
  )
}

function Tags() {
  const found = useQuery({
    queryKey: ['reviews', 'tags'],
    queryFn: async () => (await api.call('GET /api/reviews/tags')).items,
  })
  const tags = found.data ?? []
  const last = Math.max(0, ...tags.map(({ position }) => position))
  return (
    <RulesPanel
      title="Tags that authors may choose"
      actions={
        <Action
          name="Add a tag"
          permission={CONFIGURE}
          run={(form) => {
            const key = String(form.get('key'))
            if (tags.some((tag) => tag.key === key)) throw new RangeError('There is a tag of this key already.')
            return api.call('PUT /api/reviews/tags/{key}', { path: { key }, body: tagIn(form) })
          }}
        >
          <Field
            label="Key"
            name="key"
            required
            maxLength={40}
            pattern="[a-z0-9]+(-[a-z0-9]+)*"
            hint="Small letters, figures and dashes. It stays as it is."
          />
          <TagFields position={last + 1} titles={{}} />
        </Action>
      }
      found={found}
      empty="There are none to choose."
      heads={
        <>
          <th scope="col" className="end">
            Place
          </th>
          <th scope="col">Tag</th>
          <th scope="col">Languages</th>
          <th scope="col">To do</th>
        </>
      }
      row={(tag) => <TagRow key={tag.key} tag={tag} />}
    />
  )
}

function TagRow({ tag }: { tag: Tag }) {
  const path = { key: tag.key }
  return (
    <tr>
      <td className="end">{tag.position}</td>
      <td>
        {tag.title} <span className="soft small">{tag.key}</span>
      </td>
      <td>{Object.keys(tag.titles).map(languageName).join(', ')}</td>
      <td>
        <span className="row">
          <Action
            name="Edit"
            permission={CONFIGURE}
            run={(form) => api.call('PUT /api/reviews/tags/{key}', { path, body: tagIn(form) })}
          >
            <TagFields position={tag.position} titles={tag.titles} />
          </Action>
          <Action
            name="Remove"
            permission={CONFIGURE}
            confirm={`“${tag.title}” is gone, also from every review that has it.`}
            run={() => api.call('DELETE /api/reviews/tags/{key}', { path })}
          />
        </span>
      </td>
    </tr>
  )
}

function TagFields({ position, titles }: Pick<Tag, 'position' | 'titles'>) {
  // also languages that no channel speaks any more: what is not sent is gone
  const languages = [...new Set([...languagesOf(useChannels().data ?? []), ...Object.keys(titles)])]
  return (
    <>
      {languages.map((language) => (
        <Field
          key={language}
          id={`tag-${language}`}
          name={`title ${language}`}
          label={languageName(language)}
          lang={language}
          maxLength={60}
          defaultValue={titles[language] ?? ''}
        />
      ))}
      <Field
        label="Place among the tags"
        name="position"
        type="number"
        required
        min={0}
        max={10_000}
        step={1}
        defaultValue={position}
      />
    </>
  )
}

function tagIn(form: FormData): Pick<Tag, 'titles' | 'position'> {
  const titles: Record<string, string> = {}
  for (const [name, value] of form) {
    const title = String(value).trim()
    if (name.startsWith('title ') && title !== '') titles[name.slice('title '.length)] = title
  }
  if (Object.keys(titles).length === 0) throw new RangeError('A tag needs a name in one language at least.')
  return { titles, position: Math.trunc(Number(form.get('position'))) }
}
