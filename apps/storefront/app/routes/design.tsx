import type { ReactNode } from 'react'
import type { Route } from './+types/design'
import { visitContext } from '../../server/visit.ts'
import { apiOf, notFound, orElse } from '../api.server.ts'
import { Cards } from '../components/cards.tsx'
import { Crumbs } from '../components/crumbs.tsx'
import { Field } from '../components/field.tsx'
import { pageMeta } from '../components/meta.ts'
import { OrderSums } from '../components/order-sums.tsx'
import { Arches, CartIcon, EmptyStall, Logo, PersonIcon, SearchIcon } from '../components/pictures.tsx'
import { Price } from '../components/price.tsx'

/** Everything the pages are put together from, on one page: for those who build them. Not in production. */
export async function loader({ context, request }: Route.LoaderArgs) {
  if (!context.get(visitContext).demo) throw notFound()
  const query = { limit: 4, sort: 'newest' } as const
  return await orElse(apiOf(context, request).call('GET /api/products', { query }), { items: [] })
}

export const meta: Route.MetaFunction = ({ location, matches }) =>
  pageMeta({ title: 'Parts of the shop', location, matches, hidden: true })

const COLOURS = [
  'paper',
  'paper-raised',
  'paper-sunk',
  'ink',
  'ink-soft',
  'line',
  'line-strong',
  'indigo',
  'indigo-strong',
  'indigo-tint',
  'saffron',
  'clay',
  'clay-tint',
  'leaf',
  'leaf-tint',
] as const
const STEPS = ['--step-4', '--step-3', '--step-2', '--step-1', '--step-0', '--step--1'] as const
const EUR = 'EUR'

export default function Design({ loaderData: { items } }: Route.ComponentProps) {
  return (
    <div className="page section stack-wide" lang="en">
      <Crumbs trail={[{ title: 'Souk', to: '/' }]} here="Parts of the shop" />
      <h1>Parts of the shop</h1>
      <Part title="Colours">
        <ul className="pair">
          {COLOURS.map((name) => (
            <li key={name} className="row">
              <span
                style={{
                  width: '3rem',
                  height: '3rem',
                  borderRadius: 'var(--radius)',
                  border: '1px solid var(--line)',
                  background: `var(--${name})`,
                }}
              />
              {name}
            </li>
          ))}
        </ul>
      </Part>
      <Part title="Type">
        {STEPS.map((step) => (
          <p key={step} style={{ font: `560 var(${step}) / 1.2 var(--serif)` }}>
            Many stalls, one roof <span className="soft small">{step}</span>
          </p>
        ))}
        <p>Text is set in the letters of the device: nothing to load, and everybody reads what they are used to.</p>
      </Part>
      <Part title="Buttons and links">
        <div className="row">
          <button type="button" className="button">
            Add to cart
          </button>
          <button type="button" className="button quiet">
            Look at the cart
          </button>
          <button type="button" className="button small">
            Apply
          </button>
          <button type="button" className="button" disabled>
            Paying …
          </button>
          <button type="button" className="link">
            Remove
          </button>
          <span className="chip">
            Moss <span aria-hidden="true">×</span>
          </span>
          <span className="tag">Sold out</span>
          <span className="count number">3</span>
        </div>
      </Part>
      <Part title="Fields">
        <div className="pair">
          <Field label="Town" name="town" defaultValue="Berlin" hint="Where the parcel goes" />
          <Field label="Postcode" name="postcode" defaultValue="101" wrong="A German postcode has five digits." />
        </div>
        <label className="choice">
          <input type="radio" name="way" defaultChecked />
          <span>Standard delivery</span>
          <span className="number">€4.90</span>
        </label>
        <label className="choice">
          <input type="radio" name="way" />
          <span>Express delivery</span>
          <span className="number">€12.90</span>
        </label>
        <div className="options" role="radiogroup" aria-label="Size">
          {['S', 'M', 'L'].map((size) => (
            <label key={size} className="option">
              <input type="radio" name="size" defaultChecked={size === 'M'} disabled={size === 'L'} />
              <span>{size}</span>
            </label>
          ))}
        </div>
      </Part>
      <Part title="Notes">
        <p className="note">Nothing has all of these words. These have some of them.</p>
        <p className="note good">In your cart</p>
        <p className="note bad">The payment was declined. Nothing was charged.</p>
        <p className="waiting">Your bank has not answered yet.</p>
      </Part>
      <Part title="Prices and sums">
        <p>
          <Price now={{ amount: 7090, currency: EUR }} before={{ amount: 8900, currency: EUR }} />
        </p>
        <div className="panel" style={{ maxWidth: '22rem' }}>
          <OrderSums currency={EUR} subtotal={3380} discount={338} shipping={490} tax={564} taxIncluded total={3532} />
        </div>
      </Part>
      <Part title="What happened">
        <ol className="timeline">
          <li>Confirmed, being packed</li>
          <li>On its way</li>
          <li>Delivered</li>
        </ol>
      </Part>
      <Part title="Goods">
        <Cards products={items} />
      </Part>
      <Part title="Drawings">
        <div className="drawings">
          <Logo />
          <EmptyStall />
          <Arches />
          <SearchIcon />
          <CartIcon />
          <PersonIcon />
        </div>
      </Part>
    </div>
  )
}

function Part({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className="stack">
      <h2>{title}</h2>
      {children}
    </section>
  )
}
