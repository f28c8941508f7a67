import { type Address, addressesOf, addressOf } from '../addresses.ts'
import type { UsersDeps } from '../deps.ts'
import { errors } from '../errors.ts'
import { lockProfile, noteActivity } from '../profiles.ts'
import { UserProfileUpdated } from '#contracts/events/users.ts'
import type { PostalAddress } from '#contracts/values.ts'
import { uuidv7 } from '#kit/core/ids.ts'
import type { Tx } from '#kit/db/db.ts'

const MAX_ADDRESSES = 50

export interface AddressInput extends PostalAddress {
  readonly defaultShipping?: boolean | undefined
  readonly defaultBilling?: boolean | undefined
}

/*
 * Defaults switch by themselves: the first address is the default for both, making another one the default takes it from
 * the old one, deleting the default promotes the newest. The lock on the profile puts changes of one account in line, the
 * partial unique indexes hold whatever happens. Clearing comes before setting: the indexes look at every row at once.
 */
async function makeDefault(
  tx: Tx,
  userId: string,
  addressId: string,
  kind: 'default_shipping' | 'default_billing',
): Promise<void> {
  const column = tx(kind)
  await tx`update addresses set ${column} = false where user_id = ${userId} and ${column} and address_id <> ${addressId}`
  await tx`update addresses set ${column} = true where user_id = ${userId} and address_id = ${addressId} and not ${column}`
}

async function tell(deps: UsersDeps, tx: Tx, userId: string, kind: string): Promise<void> {
  await noteActivity(tx, userId, kind)
  await deps.outbox.append(tx, [UserProfileUpdated({ userId, changed: ['addresses'] })])
}

async function requireAddress(tx: Tx, userId: string, addressId: string): Promise<Address> {
  const address = await addressOf(tx, userId, addressId)
  if (!address) throw errors.addressNotFound()
  return address
}

const POSTAL = ['name', 'company', 'line1', 'line2', 'city', 'region', 'postalCode', 'country', 'phone'] as const
const isSame = (a: PostalAddress, b: PostalAddress): boolean => POSTAL.every((field) => a[field] === b[field])

/**
 * Adds an address. The same address again is the one that is there: a repeated request adds nothing, and no answer with
 * a home address has to be kept for it. Throws `users/not-found`, `users/too-many-addresses`.
 */
export async function addAddress(deps: UsersDeps, tx: Tx, userId: string, input: AddressInput): Promise<Address> {
  await lockProfile(tx, userId)
  const existing = await addressesOf(tx, userId)
  const same = existing.find((address) => isSame(address, input))
  if (same) {
    if (input.defaultShipping) await makeDefault(tx, userId, same.id, 'default_shipping')
    if (input.defaultBilling) await makeDefault(tx, userId, same.id, 'default_billing')
    return await requireAddress(tx, userId, same.id)
  }
  if (existing.length >= MAX_ADDRESSES) throw errors.tooManyAddresses()
  const id = uuidv7()
  const { name, company, line1, line2, city, region, postalCode, country, phone } = input
  await tx`
    insert into addresses (address_id, user_id, name, company, line1, line2, city, region, postal_code, country, phone)
    values (${id}, ${userId}, ${name}, ${company ?? null}, ${line1}, ${line2 ?? null}, ${city}, ${region ?? null}, ${postalCode}, ${country}, ${phone ?? null})`
  if (existing.length === 0 || input.defaultShipping) await makeDefault(tx, userId, id, 'default_shipping')
  if (existing.length === 0 || input.defaultBilling) await makeDefault(tx, userId, id, 'default_billing')
  await tell(deps, tx, userId, 'address-added')
  return await requireAddress(tx, userId, id)
}

/** Replaces an address. Throws `users/address-not-found`, `users/version-conflict`, `users/default-needed`. */
export async function replaceAddress(
  deps: UsersDeps,
  tx: Tx,
  where: { userId: string; addressId: string; expectedVersion: number | undefined },
  input: AddressInput,
): Promise<Address> {
  const { userId, addressId, expectedVersion } = where
  await lockProfile(tx, userId)
  const now = await requireAddress(tx, userId, addressId)
  if (expectedVersion !== undefined && expectedVersion !== now.version) throw errors.versionConflict()
  if ((now.defaultShipping && input.defaultShipping === false) || (now.defaultBilling && input.defaultBilling === false))
    throw errors.defaultNeeded()
  const { name, company, line1, line2, city, region, postalCode, country, phone } = input
  await tx`
    update addresses
       set name = ${name}, company = ${company ?? null}, line1 = ${line1}, line2 = ${line2 ?? null}, city = ${city}, region = ${region ?? null},
           postal_code = ${postalCode}, country = ${country}, phone = ${phone ?? null}, version = version + 1, updated_at = now()
     where user_id = ${userId} and address_id = ${addressId}`
  if (input.defaultShipping) await makeDefault(tx, userId, addressId, 'default_shipping')
  if (input.defaultBilling) await makeDefault(tx, userId, addressId, 'default_billing')
  await tell(deps, tx, userId, 'address-changed')
  return await requireAddress(tx, userId, addressId)
}

/** Deletes an address; the newest of the others becomes the default where this one was. Throws `users/address-not-found`. */
export async function removeAddress(deps: UsersDeps, tx: Tx, userId: string, addressId: string): Promise<void> {
  await lockProfile(tx, userId)
  const gone = await requireAddress(tx, userId, addressId)
  await tx`delete from addresses where user_id = ${userId} and address_id = ${addressId}`
  const [newest] = await addressesOf(tx, userId)
  if (newest && gone.defaultShipping) await makeDefault(tx, userId, newest.id, 'default_shipping')
  if (newest && gone.defaultBilling) await makeDefault(tx, userId, newest.id, 'default_billing')
  await tell(deps, tx, userId, 'address-removed')
}
