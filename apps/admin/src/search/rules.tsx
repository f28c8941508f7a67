import { Link } from 'react-router'
import { Find, useFilter } from '../parts/filter.tsx'
import { Rows } from '../parts/rows.tsx'
import { api } from '../session.ts'
import { ProductName } from './product-name.tsx'
import { QueryRules } from './query-rules.tsx'
import { addressOf, doesWhat, placeName, queryIn } from './rule.ts'
import { RuleToDo } from './rule-form.tsx'

/** Which products stand first, higher or lower: of every question, or of one of them. */
export function Rules() {
  const { values, set } = useFilter(['query'])
  if (values.query !== undefined) return <QueryRules key={values.query} query={queryIn(values.query)} />
  return (
    <>
      <div className="spread">
        <Find label="Query to set rules for" value={undefined} onChange={(query) => set('query', query)} />
        <Link to={addressOf('')}>Rules for every question</Link>
      </div>
      <Rows
        label="Rules"
        name={['search', 'rules']}
        load={(cursor) => api.call('GET /api/search/rules', { query: { limit: 100, cursor } })}
        keyOf={({ id }) => id}
        empty="No product stands where it would not stand by itself. Write a query above, or choose one that shoppers ask."
        columns={[
          {
            title: 'Query',
            width: 'minmax(9rem, 1fr)',
            cell: ({ query }) => <Link to={addressOf(query)}>{query || 'every question'}</Link>,
          },
          { title: 'Product', width: 'minmax(10rem, 1.5fr)', cell: ({ productId }) => <ProductName id={productId} /> },
          { title: 'Is', width: '9rem', cell: (rule) => doesWhat(rule) },
          { title: 'Where', width: '10rem', cell: (rule) => placeName(rule) },
          { title: 'To do', width: '15rem', cell: (rule) => <RuleToDo rule={rule} /> },
        ]}
      />
    </>
  )
}
