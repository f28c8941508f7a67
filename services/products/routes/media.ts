import Type from 'typebox'
import { Nullable, Uuid } from '#contracts/values.ts'
import { redirectTo } from '#kit/http/redirect.ts'
import { anyone, del, get, ownerOr, patch, post, Reply, type Route } from '#kit/http/route.ts'
import { closed } from '#kit/messaging/event.ts'
import { IMAGE_TYPES, MAX_UPLOAD_BYTES } from '#kit/objects/pictures.ts'
import { addMedia, deleteMedia, listMedia, MEDIA_FOLDER, type StoredMedia, updateMedia } from '../commands/save-media.ts'
import type { ProductsDeps } from '../deps.ts'
import { errors } from '../errors.ts'
import { mediaUrl } from '../queries/price-lines.ts'
import { Titles } from '../shapes.ts'

/** How long the address of a picture in S3 is good for. */
const LINK_SECONDS = 900

const OfProduct = closed({ id: Uuid })
const OfMedia = closed({ id: Uuid, mediaId: Uuid })
const View = closed({
  id: Uuid,
  kind: Type.Union([Type.Literal('image'), Type.Literal('document')]),
  contentType: Type.String(),
  alt: Titles,
  position: Type.Integer(),
  renditions: Type.Array(closed({ url: Type.String(), width: Nullable(Type.Integer()), height: Nullable(Type.Integer()) })),
})

export function mediaRoutes(deps: ProductsDeps): readonly Route[] {
  const write = ownerOr('products:write')
  return [
    get(
      '/api/products/:id/images',
      {
        access: write,
        summary: 'Pictures and files of a product with their descriptions in every language, in their order',
        params: OfProduct,
        response: closed({ items: Type.Array(View) }),
        errors: [errors.notFound],
      },
      async ({ params, principal }) => ({ items: (await listMedia(deps.db.sql, principal, params.id)).map(toJson) }),
    ),
    post(
      '/api/products/:id/images',
      {
        access: write,
        summary: 'Upload a picture or a PDF of a product',
        description:
          'The body is the file itself. Pictures are stored as WebP in several widths, without metadata. The same file again is the same picture.',
        params: OfProduct,
        consumes: [...IMAGE_TYPES, 'application/pdf'].join(', '),
        bodyLimit: MAX_UPLOAD_BYTES,
        response: View,
        status: 201,
        idempotency: 'handler',
        rateLimit: { max: 120, windowSeconds: 60 },
        errors: [errors.notFound, errors.notAnImage, errors.brokenImage, errors.imageTooLarge, errors.tooManyMedia],
      },
      async ({ params, principal, body, headers }) => {
        const declared = (headers['content-type'] ?? '').split(';', 1)[0]!.trim().toLowerCase()
        const bytes = Buffer.isBuffer(body) ? body : Buffer.alloc(0)
        return toJson(await addMedia(deps, principal, params.id, bytes, declared))
      },
    ),
    patch(
      '/api/products/:id/images/:mediaId',
      {
        access: write,
        summary: 'Describe a picture, or move it: position 0 is the one that lists show',
        params: OfMedia,
        body: closed({ alt: Type.Optional(Titles), position: Type.Optional(Type.Integer({ minimum: 0, maximum: 50 })) }),
        response: View,
        errors: [errors.noSuchMedia],
      },
      async ({ tx, principal, params, body }) => toJson(await updateMedia(deps, tx, principal, params.id, params.mediaId, body)),
    ),
    del(
      '/api/products/:id/images/:mediaId',
      { access: write, summary: 'Take a picture away', params: OfMedia, idempotency: 'handler', errors: [errors.noSuchMedia] },
      async ({ principal, params }) => {
        await deleteMedia(deps, principal, params.id, params.mediaId)
      },
    ),
    get(
      '/api/products/media/:key',
      {
        access: anyone,
        summary: 'A stored picture or file',
        description:
          'Where files are stored in S3 and its links are given out: 302 to a signed address that is good for 15 minutes.',
        params: closed({ key: Type.String({ pattern: '^[0-9a-f]{32}(-[0-9]{1,5}\\.webp|\\.pdf)$' }) }),
        produces: 'image/webp',
        errors: [errors.noSuchMedia],
      },
      async ({ params }) => {
        const isDocument = params.key.endsWith('.pdf')
        const link = await deps.kit.objects.link?.(MEDIA_FOLDER + params.key, {
          seconds: LINK_SECONDS,
          ...(isDocument ? { disposition: 'attachment' } : {}),
        })
        if (link) return redirectTo(link, LINK_SECONDS)
        const found = await deps.kit.objects.get(MEDIA_FOLDER + params.key)
        if (!found) throw errors.noSuchMedia()
        return new Reply(found.content, {
          headers: {
            'content-type': found.object.contentType,
            'cache-control': 'public, max-age=31536000, immutable',
            'x-content-type-options': 'nosniff',
            'content-security-policy': "default-src 'none'; sandbox",
            'cross-origin-resource-policy': 'cross-origin',
            etag: `"${params.key}"`,
            ...(isDocument ? { 'content-disposition': 'attachment' } : {}),
          },
        })
      },
    ),
  ]
}

const toJson = (media: StoredMedia) => ({
  ...media,
  renditions: media.renditions.map(({ key, width, height }) => ({ url: mediaUrl(key), width, height })),
})
