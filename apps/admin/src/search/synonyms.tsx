import { Link } from 'react-router'
import type { Item } from '../../../../packages/client/src/client.ts'
import { languagesOf, useChannels } from '../catalogue.ts'
import { Action } from '../parts/action.tsx'
import { Choice, useFilter } from '../parts/filter.tsx'
import { Rows } from '../parts/rows.tsx'
import { Select, Words } from '../parts/select.tsx'
import { languageName } from '../product/texts.tsx'
import { api } from '../session.ts'
import { historyOf } from './changes.tsx'

type Synonym = Item<'GET /api/search/synonyms'>
/** 50 phrases of three long words. */
const LONGEST = 5_000

/** Which words mean the same, and which find others. */
export function Synonyms() {
  const { values, set } = useFilter(['language'])
  const languages = languagesOf(useChannels().data ?? [])
  const locale = values.language
  return (
    <>
      <div className="spread">
        <Choice
          label="Language"
          value={locale}
          options={languages.map((value) => ({ value, label: languageName(value) }))}
          onChange={(value) => set('language', value)}
        />
        <AddSynonym name="New synonym" locale={locale} />
      </div>
      <Rows
        label="Synonyms"
        name={['search', 'synonyms', locale]}
        load={(cursor) => api.call('GET /api/search/synonyms', { query: { limit: 100, cursor, locale } })}
        keyOf={({ id }) => id}
        empty="No word means the same as another yet. Queries that found nothing are a good beginning."
        columns={[
          {
            title: 'Words',
            width: 'minmax(10rem, 1fr)',
            cell: ({ words }) => <span title={words.join(', ')}>{words.join(', ')}</span>,
          },
          {
            title: 'Means',
            width: 'minmax(10rem, 1fr)',
            cell: ({ finds }) =>
              finds.length === 0 ? 'all the same' : <span title={finds.join(', ')}>also finds {finds.join(', ')}</span>,
          },
          { title: 'Language', width: '7rem', cell: (synonym) => languageName(synonym.locale) },
          { title: 'To do', width: '15rem', cell: (synonym) => <ToDo synonym={synonym} /> },
        ]}
      />
    </>
  )
}

function ToDo({ synonym }: { synonym: Synonym }) {
  const path = { id: synonym.id }
  return (
    <span className="row">
      <Action
        name="Edit"
        permission="search:write"
        run={(form) => api.call('PUT /api/search/synonyms/{id}', { path, body: synonymIn(form) })}
      >
        <SynonymFields {...synonym} />
      </Action>
      <Action
        name="Remove"
        permission="search:write"
        confirm={`From the next search on, ${synonym.words.join(', ')} ${synonym.finds.length === 0 ? 'do not mean the same' : `do not find ${synonym.finds.join(', ')}`} any more.`}
        run={() => api.call('DELETE /api/search/synonyms/{id}', { path })}
      />
      <Link to={historyOf(synonym.id)}>History</Link>
    </span>
  )
}

interface AddProps {
  readonly name?: string
  /** what shoppers asked for */
  readonly words?: string
  readonly locale?: string | undefined
}

/** The question for words that mean the same; it may begin with what shoppers asked for. */
export function AddSynonym({ name = 'Add a synonym', words, locale }: AddProps) {
  return (
    <Action
      name={name}
      permission="search:write"
      run={(form) => api.call('POST /api/search/synonyms', { body: synonymIn(form) })}
    >
      <SynonymFields words={words === undefined ? [] : [words]} finds={[]} locale={locale} />
    </Action>
  )
}

function SynonymFields({ words, finds, locale }: Pick<Synonym, 'words' | 'finds'> & { locale: string | undefined }) {
  const languages = languagesOf(useChannels().data ?? [])
  // of a channel that speaks it no more
  const offered = locale === undefined || languages.includes(locale) ? languages : [locale, ...languages]
  return (
    <>
      <Select key={offered.join()} label="Language" name="locale" options={offered} show={languageName} initial={locale} />
      <Words
        label="Words"
        name="words"
        rows={3}
        maxLength={LONGEST}
        initial={words.join('\n')}
        hint="One word or phrase a line, of at most three words. They mean the same where nothing stands below."
      />
      <Words
        label="Also find"
        name="finds"
        rows={3}
        maxLength={LONGEST}
        initial={finds.join('\n')}
        optional
        hint="Who asks for one of the words finds these too, but not the other way round."
      />
    </>
  )
}

const phrasesIn = (form: FormData, name: string): string[] =>
  String(form.get(name) ?? '')
    .split(/[\n,]/)
    .map((phrase) => phrase.trim())
    .filter(Boolean)
const synonymIn = (form: FormData) => ({
  locale: String(form.get('locale')),
  words: phrasesIn(form, 'words'),
  finds: phrasesIn(form, 'finds'),
})
