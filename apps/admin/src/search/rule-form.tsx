import { Link } from 'react-router'
import { Field } from '../../../storefront/app/components/field.tsx'
import { languagesOf, useChannels } from '../catalogue.ts'
import { Action } from '../parts/action.tsx'
import { Select } from '../parts/select.tsx'
import { languageName } from '../product/texts.tsx'
import { api } from '../session.ts'
import { historyOf } from './changes.tsx'
import { PickProduct } from './pick-product.tsx'
import { called, doesWhat, KINDS, LAST_PLACE, type Rule } from './rule.ts'

const DOES = { pin: 'pin to a place', boost: 'boost: higher', bury: 'bury: lower' } as const

/** A new rule for any product that is on sale. */
export function AddRule({ query }: { query: string }) {
  return (
    <Action
      name="Add a product"
      permission="search:write"
      run={(form) => {
        const productId = String(form.get('productId'))
        if (!productId) throw new RangeError('Choose a product from the list.')
        return api.call('POST /api/search/rules', { body: { query, productId, ...ruleIn(form) } })
      }}
    >
      <p className="soft">It counts from the next search for {called(query)} on.</p>
      <PickProduct label="Product" name="productId" />
      <RuleFields />
    </Action>
  )
}

/** What can be done about a rule: change it, forget it, see who changed it. */
export function RuleToDo({ rule }: { rule: Rule }) {
  const path = { id: rule.id }
  return (
    <span className="row">
      <Action
        name="Edit"
        permission="search:write"
        run={(form) =>
          api.call('PUT /api/search/rules/{id}', {
            path,
            body: { query: rule.query, productId: rule.productId, ...ruleIn(form) },
          })
        }
      >
        <RuleFields rule={rule} />
      </Action>
      <Action
        name="Remove"
        permission="search:write"
        confirm={`The product is not ${doesWhat(rule)} for ${called(rule.query)} any more, from the next search on.`}
        run={() => api.call('DELETE /api/search/rules/{id}', { path })}
      />
      <Link to={historyOf(rule.id)}>History</Link>
    </span>
  )
}

function RuleFields({ rule }: { rule?: Rule }) {
  const channels = useChannels().data ?? []
  // also those that there were when the rule was made
  const keys = withNone(
    channels.map(({ key }) => key),
    rule?.channel,
  )
  const languages = withNone(languagesOf(channels), rule?.locale)
  return (
    <>
      <Select label="What" name="kind" options={KINDS} show={(kind) => DOES[kind as keyof typeof DOES]} initial={rule?.kind} />
      <Field
        label="Place of a pinned product"
        name="position"
        type="number"
        required
        min={1}
        max={LAST_PLACE}
        step={1}
        defaultValue={rule?.position ?? 1}
        hint="Counted from the top of the first page."
      />
      <Select
        key={`channel ${keys.join()}`}
        label="Channel"
        name="channel"
        options={keys}
        show={(key) => key || 'every channel'}
        initial={rule?.channel ?? ''}
      />
      <Select
        key={`locale ${languages.join()}`}
        label="Language"
        name="locale"
        options={languages}
        show={(language) => (language ? languageName(language) : 'every language')}
        initial={rule?.locale ?? ''}
      />
    </>
  )
}

const withNone = (options: readonly string[], own: string | null | undefined): string[] => [
  ...new Set(['', ...(own ? [own] : []), ...options]),
]

function ruleIn(form: FormData) {
  const kind = KINDS.find((one) => one === form.get('kind')) ?? 'pin'
  return {
    kind,
    position: kind === 'pin' ? Math.trunc(Number(form.get('position'))) : null,
    channel: String(form.get('channel')) || null,
    locale: String(form.get('locale')) || null,
  }
}
