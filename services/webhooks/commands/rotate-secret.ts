import { seal } from '#kit/core/sealed.ts'
import type { Tx } from '#kit/db/db.ts'
import type { Deps } from '../deps.ts'
import { newEndpointSecret, ROTATION_HOURS } from '../endpoint.ts'
import { errors } from '../errors.ts'
import { type EndpointView, sealName, type StoredEndpoint, storedColumns, viewOf } from '../queries/endpoints.ts'

/**
 * A new secret; the one before signs too for a day, so that the receiver can change over without missing anything. The
 * answer does not carry it: it would lie in the store of Idempotency-Keys. It is read at `/secret`.
 */
export async function rotateSecret(deps: Deps, tx: Tx, id: string): Promise<EndpointView> {
  const secret = seal(deps.key, sealName(id), Buffer.from(newEndpointSecret()))
  const [row] = await tx<StoredEndpoint[]>`
    update endpoints e set previous_secret = e.secret, previous_until = now() + make_interval(hours => ${ROTATION_HOURS}), secret = ${secret},
      version = e.version + 1, updated_at = now()
    where e.id = ${id}
    returning ${storedColumns(tx)}`
  if (!row) throw errors.notFound()
  return viewOf(row)
}
