import Type from 'typebox'
import { anyone, get, Reply, type Route } from '#kit/http/route.ts'
import { redirectTo } from '#kit/http/redirect.ts'
import { closed } from '#kit/messaging/event.ts'
import { FOLDER } from '../commands/save-picture.ts'
import type { Deps } from '../deps.ts'
import { errors } from '../errors.ts'
import { isGenuine } from '../picture-link.ts'

const LINK_SECONDS = 300

/** Pictures of shown reviews that staff have let be shown, for everybody; others for whoever got a signed address: the author and staff. */
export const pictureRoutes = (deps: Deps): Route[] => [
  get(
    '/api/reviews/pictures/:key',
    {
      access: anyone,
      summary: 'A picture of a review',
      description: 'Where files are stored in S3 and its links are given out: 302 to a signed address.',
      params: closed({ key: Type.String({ pattern: '^[0-9a-f]{32}-[0-9]{1,5}\\.webp$' }) }),
      query: closed({
        until: Type.Optional(Type.Integer({ minimum: 0 })),
        signature: Type.Optional(Type.String({ maxLength: 100 })),
      }),
      produces: 'image/webp',
      errors: [errors.noSuchPicture],
    },
    async ({ params: { key }, query }) => {
      const [row] = await deps.db.sql<{ shown: boolean }[]>`
        select r.state = 'published' and not p.waiting as shown from picture_files f join pictures p on p.id = f.picture_id join reviews r on r.id = p.review_id where f.key = ${key}`
      if (!row || (!row.shown && !isGenuine(deps.pictureKey, key, query))) throw errors.noSuchPicture()
      const link = await deps.kit.objects.link?.(FOLDER + key, { seconds: LINK_SECONDS })
      if (link) return redirectTo(link, LINK_SECONDS)
      const found = await deps.kit.objects.get(FOLDER + key)
      if (!found) throw errors.noSuchPicture()
      return new Reply(found.content, {
        headers: {
          'content-type': found.object.contentType,
          // not for long: a review can be hidden
          'cache-control': row.shown ? 'public, max-age=300' : 'private, max-age=300',
          'x-content-type-options': 'nosniff',
          'content-security-policy': "default-src 'none'; sandbox",
          'cross-origin-resource-policy': 'cross-origin',
          etag: `"${key}"`,
        },
      })
    },
  ),
]
