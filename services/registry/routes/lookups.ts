import Type from 'typebox'
import { compressedReply, documentReply, keptReply } from '../answers.ts'
import { type Deps, READ } from '../deps.ts'
import { applicationDocument, applicationsDocument, byId, byVip, instanceDocument } from '../documents.ts'
import { errors } from '../errors.ts'
import { appName } from '../instance.ts'
import { etagOfBytes, isNotModified } from '#kit/http/etag.ts'
import { get, programOr, type Route } from '#kit/http/route.ts'
import { closed } from '#kit/messaging/event.ts'

const ONE = Type.String({ minLength: 1, maxLength: 200 })
/** Older clients name regions; there is one. */
const Query = closed({ regions: Type.Optional(Type.String({ maxLength: 200 })) })
/** Shorter than proxies and gateways wait for an answer. */
const WAIT_MS = 8_000
const SHAPE = { access: programOr(READ), produces: 'application/json', alsoProduces: ['application/xml'] } as const

/** Who runs where, below `root`. JSON for callers that name it in Accept, XML for all others. */
export function lookupRoutes({ fleet }: Deps, root: string): Route[] {
  const all = keptReply(
    () => applicationsDocument(fleet.entries(), fleet.entries()),
    () => fleet.version,
  )
  const byName =
    (secure: boolean) => async (request: { params: { vip: string }; headers: Record<string, string | undefined> }) => {
      const found = byVip(fleet.entries(), request.params.vip, secure)
      return await compressedReply(applicationsDocument(found, found), request.headers)
    }
  return [
    get(`${root}/apps`, { ...SHAPE, summary: 'All instances', query: Query }, async ({ headers }) => await all(headers)),
    get(
      `${root}/apps/`,
      { ...SHAPE, summary: 'All instances: clients write the slash', query: Query },
      async ({ headers }) => await all(headers),
    ),
    get(
      `${root}/changes`,
      {
        ...SHAPE,
        endless: true,
        summary: 'All instances, as soon as they are others than those of If-None-Match',
        description: 'Not of the protocol. Without If-None-Match at once; 304 where nothing changes for eight seconds.',
      },
      async ({ headers }) => {
        const { version } = fleet
        const now = await all(headers)
        if (!isNotModified(headers['if-none-match'], etagOfBytes(now.body))) return now
        await fleet.changed(version, WAIT_MS)
        return await all(headers)
      },
    ),
    get(
      `${root}/apps/delta`,
      { ...SHAPE, summary: 'What changed in the last three minutes, with the hash of everything', query: Query },
      async ({ headers }) => await compressedReply(applicationsDocument(fleet.changes(), fleet.entries()), headers),
    ),
    get(
      `${root}/apps/:app`,
      { ...SHAPE, summary: 'Instances of one application', params: closed({ app: ONE }), errors: [errors.notFound] },
      async ({ params, headers }) => {
        const name = appName(params.app)
        const found = fleet.entries().filter(({ registration }) => registration.app === name)
        if (found.length === 0) throw errors.notFound()
        return documentReply({ application: applicationDocument(name, found) }, headers)
      },
    ),
    get(
      `${root}/apps/:app/:id`,
      { ...SHAPE, summary: 'One instance', params: closed({ app: ONE, id: ONE }), errors: [errors.notFound] },
      async ({ params, headers }) =>
        documentReply({ instance: instanceDocument(await fleet.expect(appName(params.app), params.id)) }, headers),
    ),
    get(
      `${root}/instances/:id`,
      { ...SHAPE, summary: 'One instance, by its id alone', params: closed({ id: ONE }), errors: [errors.notFound] },
      async ({ params, headers }) => {
        const found = byId(fleet.entries(), params.id)
        if (!found) throw errors.notFound()
        return documentReply({ instance: instanceDocument(found) }, headers)
      },
    ),
    get(
      `${root}/vips/:vip`,
      { ...SHAPE, summary: 'Instances by the name they answer to', params: closed({ vip: ONE }) },
      byName(false),
    ),
    get(
      `${root}/svips/:vip`,
      { ...SHAPE, summary: 'Instances by the name they answer to over TLS', params: closed({ vip: ONE }) },
      byName(true),
    ),
  ]
}
