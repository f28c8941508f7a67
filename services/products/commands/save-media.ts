import { createHash } from 'node:crypto'
import { ProductUpdated } from '#contracts/events/products.ts'
import { uuidv7 } from '#kit/core/ids.ts'
import type { Principal } from '#kit/core/principal.ts'
import type { Query, Tx } from '#kit/db/db.ts'
import { type FileType, MAX_UPLOAD_BYTES, sniff } from '#kit/objects/pictures.ts'
import { mayWrite, writable } from './save-product.ts'
import type { ProductsDeps } from '../deps.ts'
import { errors } from '../errors.ts'
import { loadProduct, type StoredProduct } from '../queries/load-product.ts'
import type { Titles } from '../product.ts'
import { refreshCards } from '../store.ts'

const AT_MOST = 50
/** Where this service's files lie in the object store. */
export const MEDIA_FOLDER = 'products/'

export interface StoredMedia {
  id: string
  kind: 'image' | 'document'
  contentType: string
  alt: Titles
  position: number
  renditions: { key: string; width: number | null; height: number | null }[]
}

/**
 * Adds a picture (or a PDF) to a product. The bytes decide what it is and must agree with the content type. Pictures are
 * drawn anew in a few widths. The same file again is the same picture: no change.
 */
export async function addMedia(
  deps: ProductsDeps,
  principal: Principal,
  productId: string,
  bytes: Buffer,
  declared: string,
): Promise<StoredMedia> {
  const type = sniff(bytes)
  if (type === undefined || type !== declared) throw errors.notAnImage({ declared })
  if (bytes.length > MAX_UPLOAD_BYTES) throw errors.fileTooLarge({ maxBytes: MAX_UPLOAD_BYTES })
  // Asked before the work and again when it is stored: strangers must not make us draw.
  await deps.db.tx((tx) => writable(tx, principal, productId, undefined))
  const hash = createHash('sha256').update(bytes).digest('hex')
  const media = await store(deps, productId, hash, bytes, type)
  const saved = await deps.db.tx(async (tx) => {
    const stored = await writable(tx, principal, productId, undefined)
    const [known] = await tx<StoredMedia[]>`
      select m.id, m.kind, m.content_type as "contentType", m.alt, m.position, m.renditions from media m where m.product_id = ${productId} and m.content_hash = ${hash}`
    if (known) return known
    const [row] = await tx<StoredMedia[]>`
      insert into media (id, product_id, kind, content_type, content_hash, renditions, position)
      select ${media.id}, ${productId}, ${media.kind}, ${media.contentType}, ${hash}, ${JSON.stringify(media.renditions)}::text::jsonb, count(*) from media m where m.product_id = ${productId}
      having count(*) < ${AT_MOST}
      returning id, kind, content_type as "contentType", alt, position, renditions`
    if (!row) throw errors.tooManyMedia()
    await changed(deps, tx, stored)
    return row
  })
  deps.kit.outbox.wake()
  return saved
}

/** Keys carry a hash of product and content: they say nothing, are never reused and may be cached for ever. */
async function store(
  { kit, pictures }: ProductsDeps,
  productId: string,
  hash: string,
  bytes: Buffer,
  type: FileType,
): Promise<Omit<StoredMedia, 'alt' | 'position'>> {
  const name = createHash('sha256').update(`${productId} ${hash}`).digest('hex').slice(0, 32)
  const put = async (key: string, content: Buffer, contentType: string) => {
    await kit.objects.put(MEDIA_FOLDER + key, content, contentType)
    return key
  }
  if (type === 'application/pdf') {
    const key = await put(`${name}.pdf`, bytes, type)
    return { id: uuidv7(), kind: 'document', contentType: type, renditions: [{ key, width: null, height: null }] }
  }
  const renditions: StoredMedia['renditions'] = []
  for (const { width, height, content } of await pictures.render(bytes)) {
    renditions.push({ key: await put(`${name}-${width}.webp`, content, 'image/webp'), width, height })
  }
  return { id: uuidv7(), kind: 'image', contentType: 'image/webp', renditions }
}

/** All of a product, the one that lists show first. Throws not-found for whoever may not write it. */
export async function listMedia(db: Query, principal: Principal, productId: string): Promise<StoredMedia[]> {
  const stored = await loadProduct(db, productId)
  if (!stored || !mayWrite(principal, stored)) throw errors.notFound()
  return db<StoredMedia[]>`
    select m.id, m.kind, m.content_type as "contentType", m.alt, m.position, m.renditions
      from media m where m.product_id = ${productId} order by m.position, m.id`
}

/** Changes what a picture is called for those who do not see it, and its place: the first is the one that lists show. */
export async function updateMedia(
  deps: ProductsDeps,
  tx: Tx,
  principal: Principal,
  productId: string,
  mediaId: string,
  input: { alt?: Titles | undefined; position?: number | undefined },
): Promise<StoredMedia> {
  const stored = await writable(tx, principal, productId, undefined)
  const ids = (
    await tx<{ id: string }[]>`select m.id from media m where m.product_id = ${productId} order by m.position, m.id`
  ).map(({ id }) => id)
  if (!ids.includes(mediaId)) throw errors.noSuchMedia()
  if (input.position !== undefined) {
    const order = ids.filter((id) => id !== mediaId)
    order.splice(input.position, 0, mediaId)
    await tx`update media m set position = o.n - 1 from unnest(${order}::uuid[]) with ordinality as o(id, n) where m.id = o.id`
  }
  const [row] = await tx<StoredMedia[]>`
    update media set alt = coalesce(${input.alt ? JSON.stringify(input.alt) : null}::text::jsonb, alt) where id = ${mediaId}
    returning id, kind, content_type as "contentType", alt, position, renditions`
  await changed(deps, tx, stored)
  return row!
}

/** Takes a picture away; its files go once that is committed. */
export async function deleteMedia(deps: ProductsDeps, principal: Principal, productId: string, mediaId: string): Promise<void> {
  const keys = await deps.db.tx(async (tx) => {
    const stored = await writable(tx, principal, productId, undefined)
    const [gone] = await tx<
      { renditions: StoredMedia['renditions'] }[]
    >`delete from media m where m.id = ${mediaId} and m.product_id = ${productId} returning m.renditions`
    if (!gone) throw errors.noSuchMedia()
    await changed(deps, tx, stored)
    return gone.renditions.map((rendition) => rendition.key)
  })
  deps.kit.outbox.wake()
  for (const key of keys) await deps.kit.objects.delete(MEDIA_FOLDER + key)
}

async function changed(deps: ProductsDeps, tx: Tx, { id, product }: StoredProduct): Promise<void> {
  const [row] = await tx<
    { version: number }[]
  >`update products set version = version + 1, updated_at = now() where id = ${id} returning version`
  await refreshCards(tx, [id])
  const skus = product.variants.map((variant) => variant.sku)
  await deps.kit.outbox.append(tx, [
    ProductUpdated({
      productId: id,
      slug: product.slug,
      status: product.status,
      version: row!.version,
      skus,
      changed: ['media'],
    }),
  ])
}
