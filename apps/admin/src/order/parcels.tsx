import { saveFile } from '../files/save-file.ts'
import { Action } from '../parts/action.tsx'
import { Part } from '../parts/part.tsx'
import { State } from '../parts/show.tsx'
import { api } from '../session.ts'
import { REFRESH_MS } from './refresh.ts'

const READ = 'delivery:read-any'
const LEFT = new Set(['planned', 'labelled'])
const ON_ITS_WAY = new Set(['dispatched', 'in-transit', 'out-for-delivery'])

/** The parcels of an order, on their way out and back: for those who may see shipments. */
export function Parcels({ orderId }: { orderId: string }) {
  return (
    <Part
      title="Parcels"
      permission={READ}
      name={['order', orderId, 'parcels']}
      every={REFRESH_MS}
      load={() => api.call('GET /api/delivery/shipments', { query: { orderId } })}
    >
      {({ items }) => (
        <>
          {items.length === 0 ? <p className="soft">No parcel yet.</p> : null}
          {items.map((shipment) => (
            <div key={shipment.id} className="stack">
              <p className="spread">
                <State of={shipment.state} /> {shipment.carrier}
                {shipment.direction === 'return' ? ', comes back ' : ' '}
                <span className="number">{shipment.trackingNumber ?? 'no number yet'}</span>
              </p>
              <div className="row">
                {shipment.hasLabel ? (
                  <Action
                    name="Label"
                    permission={READ}
                    run={() => saveFile(() => api.call('GET /api/delivery/shipments/{id}/label', { path: { id: shipment.id } }))}
                  />
                ) : null}
                {shipment.direction === 'out' && LEFT.has(shipment.state) ? (
                  <Action
                    name="Hand over to carrier"
                    permission="delivery:write"
                    confirm="The customer gets a mail with the tracking number."
                    run={() => api.call('POST /api/delivery/shipments/{id}/dispatch', { path: { id: shipment.id }, body: {} })}
                  />
                ) : null}
                {ON_ITS_WAY.has(shipment.state) ? (
                  <Action
                    name="Mark delivered"
                    permission="delivery:write"
                    confirm="Only when the carrier did not tell us."
                    run={() => api.call('POST /api/delivery/shipments/{id}/deliver', { path: { id: shipment.id } })}
                  />
                ) : null}
              </div>
            </div>
          ))}
        </>
      )}
    </Part>
  )
}
