import { useState } from 'react'
import type { Answer } from '../../../../packages/client/src/client.ts'
import { Field } from '../../../storefront/app/components/field.tsx'
import { saveFile } from '../files/save-file.ts'
import { Action } from '../parts/action.tsx'
import { Part } from '../parts/part.tsx'
import { State } from '../parts/show.tsx'
import { api } from '../session.ts'
import type { Order } from './order.ts'
import { REFRESH_MS } from './refresh.ts'
import { chosenUnits, countUnits, type Units, unitsField, unpacked } from './units.ts'

const READ = 'delivery:read-any'
const WRITE = 'delivery:write'
const HERE = new Set(['planned', 'labelled'])
const ON_ITS_WAY = new Set(['dispatched', 'in-transit', 'out-for-delivery'])
/** Orders of which something may still be sent. */
const SENDABLE = new Set(['CONFIRMED', 'SHIPPED'])

type Shipment = Answer<'GET /api/delivery/shipments'>['items'][number]

/** The parcels of an order, on their way out and back, and what is in none yet: for those who may see shipments. */
export function Parcels({ order }: { order: Order }) {
  const { id: orderId } = order
  return (
    <Part
      title="Parcels"
      permission={READ}
      name={['order', orderId, 'parcels']}
      every={REFRESH_MS}
      load={async () => {
        const [shipments, parcels] = await Promise.all([
          api.call('GET /api/delivery/shipments', { query: { orderId, limit: 100 } }),
          api.call('GET /api/orders/{id}/parcels', { path: { id: orderId } }),
        ])
        return { shipments: shipments.items, contents: new Map(parcels.items.map(({ id, items }) => [id, items])) }
      }}
    >
      {({ shipments, contents }) => {
        const open = SENDABLE.has(order.status) ? unpacked(order.items, [...contents.values()].flat()) : []
        return (
          <>
            {shipments.length === 0 ? <p className="soft">No parcel yet.</p> : null}
            {shipments.map((shipment) => (
              <Parcel key={shipment.id} order={order} shipment={shipment} content={contents.get(shipment.id) ?? []} />
            ))}
            {open.length > 0 ? (
              <div className="stack">
                <p>In no parcel yet: {inWords(order, open)}</p>
                <div className="row">
                  <Action name="Plan a parcel" permission={WRITE} run={(form) => plan(order, form, open)}>
                    <UnitsFields order={order} of={open} />
                  </Action>
                </div>
              </div>
            ) : null}
          </>
        )
      }}
    </Part>
  )
}

function Parcel({ order, shipment, content }: { order: Order; shipment: Shipment; content: readonly Units[] }) {
  const path = { id: shipment.id }
  const waits = shipment.direction === 'out' && HERE.has(shipment.state)
  return (
    <div className="stack">
      <p className="spread">
        <State of={shipment.state} /> {shipment.carrier}
        {shipment.direction === 'return' ? ', comes back ' : ' '}
        <span className="number">{shipment.trackingNumber ?? 'no number yet'}</span>
      </p>
      {content.length > 0 ? <p className="soft small">{inWords(order, content)}</p> : null}
      <div className="row">
        {shipment.hasLabel && shipment.state !== 'cancelled' ? (
          <Action
            name="Label"
            permission={READ}
            run={() => saveFile(() => api.call('GET /api/delivery/shipments/{id}/label', { path }))}
          />
        ) : null}
        {waits ? (
          <Action
            name="Hand over to carrier"
            permission={WRITE}
            confirm="The customer gets a mail with the tracking number."
            run={(form) => handOver(shipment, String(form.get('number') ?? '').trim())}
          >
            {shipment.trackingNumber === null ? (
              <Field
                label="Tracking number"
                name="number"
                pattern="[A-Za-z0-9\-]{4,60}"
                hint="4 to 60 letters, digits and dashes. Empty: the parcel leaves without one."
              />
            ) : null}
          </Action>
        ) : null}
        {waits && countUnits(content) > 1 ? (
          <Action
            name="Ship a part"
            permission={WRITE}
            confirm="This parcel is stopped and its label is void; what you choose gets a new one. The rest stays open until you plan a parcel for it."
            run={async (form) => {
              if (countUnits(chosenUnits(form, content)) === countUnits(content))
                throw new RangeError('That is all of this parcel: hand it over as it is.')
              await api.call('POST /api/delivery/shipments/{id}/cancel', { path })
              await plan(order, form, content)
            }}
          >
            <UnitsFields order={order} of={content} />
          </Action>
        ) : null}
        {ON_ITS_WAY.has(shipment.state) ? (
          <Action
            name="Mark delivered"
            permission={WRITE}
            confirm="Only when the carrier did not tell us."
            run={() => api.call('POST /api/delivery/shipments/{id}/deliver', { path })}
          />
        ) : null}
      </div>
    </div>
  )
}

/** How many of each go in the parcel. Sent again it plans no second one: the key stays as long as the question is open. */
function UnitsFields({ order, of }: { order: Order; of: readonly Units[] }) {
  const [key] = useState(() => crypto.randomUUID())
  return (
    <>
      <input type="hidden" name="key" value={key} />
      {of.map(({ sku, quantity }, place) => (
        <Field
          key={sku}
          label={`${titleOf(order, sku)}, of ${quantity}`}
          name={unitsField(place)}
          type="number"
          required
          min={0}
          max={quantity}
          defaultValue={quantity}
        />
      ))}
    </>
  )
}

const plan = (order: Order, form: FormData, of: readonly Units[]) =>
  api.call(
    'POST /api/delivery/shipments',
    { body: { orderId: order.id, lines: chosenUnits(form, of) } },
    { idempotencyKey: String(form.get('key')) },
  )

/** Throws a RangeError where the carrier was faster with a number of its own: then that is the one of the parcel. */
async function handOver({ id }: Shipment, typed: string): Promise<void> {
  const body = typed === '' ? {} : { trackingNumber: typed }
  const { trackingNumber } = await api.call('POST /api/delivery/shipments/{id}/dispatch', { path: { id }, body })
  if (typed !== '' && trackingNumber !== typed)
    throw new RangeError(`It has left, but with the number ${trackingNumber}, which the carrier had given it meanwhile.`)
}

const titleOf = (order: Order, sku: string): string => order.items.find((item) => item.sku === sku)?.title ?? sku
const inWords = (order: Order, lines: readonly Units[]): string =>
  lines.map(({ sku, quantity }) => `${quantity} × ${titleOf(order, sku)}`).join(', ')
