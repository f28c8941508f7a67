import { useQuery } from '@tanstack/react-query'
import { Link } from 'react-router'
import { useChannels } from '../catalogue.ts'
import { Choice, useFilter } from '../parts/filter.tsx'
import { Panel } from '../parts/show.tsx'
import { Trouble } from '../parts/trouble.tsx'
import { languageName } from '../product/texts.tsx'
import { api } from '../session.ts'
import { Pins } from './pins.tsx'
import { ProductName } from './product-name.tsx'
import { called, counts, doesWhat, inOrder, placeName, type Rule } from './rule.ts'
import { AddRule, RuleToDo } from './rule-form.tsx'
import { ShownProducts } from './shown-products.tsx'
import { AddSynonym } from './synonyms.tsx'

/** As many as are shown at once; more rules for one question nobody keeps apart. */
const MOST = 100

/** The rules of one question beside what shoppers see for it. */
export function QueryRules({ query }: { query: string }) {
  const { values, set } = useFilter(['channel', 'language'])
  const channels = useChannels()
  const rules = useQuery({
    queryKey: ['search', 'rules', query],
    queryFn: () => api.call('GET /api/search/rules', { query: { query, limit: MOST } }),
  })
  const error = channels.error ?? rules.error
  const known = channels.data ?? []
  const channel = known.find(({ key }) => key === values.channel) ?? known[0]
  if (!channel || !rules.data)
    return error ? <Trouble error={error} again={() => void rules.refetch()} /> : <p className="soft">Loading …</p>
  const locale = channel.locales.find((one) => one === values.language) ?? channel.locales[0] ?? 'en'
  const place = { channel: channel.key, locale }
  const said = rules.data.items
  const here = said.filter((rule) => counts(rule, place))
  return (
    <>
      <div className="spread">
        <h2>{query === '' ? 'Every question' : called(query)}</h2>
        <div className="row">
          {query === '' ? null : <AddSynonym words={query} locale={locale} />}
          <a href={query === '' ? '/products' : `/products?q=${encodeURIComponent(query)}`} target="_blank" rel="noreferrer">
            See it in the shop
          </a>
          <Link to="/search?part=rules">All rules</Link>
        </div>
      </div>
      <div className="row">
        <Choice
          label="Channel"
          needed
          value={channel.key}
          options={known.map(({ key, name }) => ({ value: key, label: name }))}
          onChange={(value) => set('channel', value)}
        />
        <Choice
          label="Language"
          needed
          value={locale}
          options={channel.locales.map((one) => ({ value: one, label: languageName(one) }))}
          onChange={(value) => set('language', value)}
        />
      </div>
      {rules.error ? <Trouble error={rules.error} again={() => void rules.refetch()} /> : null}
      {rules.data.next ? <p className="note">There are more than {MOST} rules; only these are shown.</p> : null}
      <div className="columns">
        <Panel title="Rules" actions={<AddRule query={query} />}>
          {said.length === 0 ? <p className="soft">None. Choose among what shoppers see, or add any product.</p> : null}
          <Pins pins={inOrder(here.filter(({ kind }) => kind === 'pin'))} query={query} />
          <Moved title="Boosted" rules={here.filter(({ kind }) => kind === 'boost')} />
          <Moved title="Buried" rules={here.filter(({ kind }) => kind === 'bury')} />
          <Moved title="Elsewhere" rules={said.filter((rule) => !counts(rule, place))} />
        </Panel>
        <ShownProducts key={`${channel.key} ${locale}`} query={query} place={place} rules={here} />
      </div>
    </>
  )
}

function Moved({ title, rules }: { title: string; rules: readonly Rule[] }) {
  if (rules.length === 0) return null
  return (
    <section aria-label={title}>
      <h3>{title}</h3>
      <ul className="stack tight">
        {rules.map((rule) => (
          <li key={rule.id} className="spread">
            <span>
              <ProductName id={rule.productId} />{' '}
              <span className="soft small">
                {title === 'Elsewhere' ? `${doesWhat(rule)}, ` : ''}
                {placeName(rule)}
              </span>
            </span>
            <RuleToDo rule={rule} />
          </li>
        ))}
      </ul>
    </section>
  )
}
