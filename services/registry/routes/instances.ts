import Type from 'typebox'
import { readBody } from '../answers.ts'
import { type Deps, WRITE } from '../deps.ts'
import { errors } from '../errors.ts'
import { appName, newAppName, readMetadata, readRegistration, statusOf } from '../instance.ts'
import type { Principal } from '#kit/core/principal.ts'
import { del, post, programOr, put, Reply, type Route } from '#kit/http/route.ts'
import { closed } from '#kit/messaging/event.ts'

const ONE = Type.String({ minLength: 1, maxLength: 200 })
const App = closed({ app: ONE })
const Instance = closed({ app: ONE, id: ONE })
const Word = Type.Optional(Type.String({ maxLength: 40 }))
const Millis = Type.Optional(
  Type.String({ pattern: '^\\d{1,16}$', description: 'epoch milliseconds, by the clock of the client' }),
)
/** Told from registry to registry in the real server; ours share a database. */
const replica = { isReplication: Word }
/** No transaction around it: the fleet stores what it is told, and goes on without the database. */
const COMMAND = { access: programOr(WRITE), idempotency: 'handler' } as const
const DONE = () => new Reply(undefined, { status: 200 })

/** What instances say of themselves, and operators of them, below `root`. */
export function instanceRoutes({ fleet, reserved }: Deps, root: string): Route[] {
  /** A program that is not ours must not stand where shoppers' requests go. */
  const mayBe = (app: string, principal: Principal) => {
    if (reserved.has(app) && principal.kind === 'program') throw errors.reservedName({ application: app })
    return app
  }
  return [
    post(
      `${root}/apps/:app`,
      {
        ...COMMAND,
        summary: 'Register an instance, or register it again',
        description:
          'Body: `{"instance":{…}}`, or `<instance>…</instance>`. Renew it within `durationInSecs`, 90 s unless it says otherwise.',
        params: App,
        query: closed(replica),
        consumes: 'application/json,application/xml,text/xml',
        errors: [errors.invalidInstance, errors.otherApplication, errors.invalidStatus, errors.reservedName, errors.full],
      },
      async ({ params, body, headers, principal }) => {
        const app = mayBe(newAppName(params.app), principal)
        await fleet.register(readRegistration(app, readBody((body as Buffer | undefined) ?? Buffer.alloc(0), headers)))
      },
    ),
    put(
      `${root}/apps/:app/:id`,
      {
        ...COMMAND,
        summary: 'Renew: the instance lives. 404: register again',
        params: Instance,
        query: closed({ status: Word, lastDirtyTimestamp: Millis, overriddenstatus: Word, ...replica }),
        errors: [errors.notFound, errors.reservedName],
      },
      async ({ params, query, principal }) => {
        const dirty = query.lastDirtyTimestamp === undefined ? undefined : Number(query.lastDirtyTimestamp)
        if (!(await fleet.renew(mayBe(appName(params.app), principal), params.id, dirty))) throw errors.notFound()
        return DONE()
      },
    ),
    del(
      `${root}/apps/:app/:id`,
      {
        ...COMMAND,
        summary: 'The instance goes',
        params: Instance,
        query: closed(replica),
        errors: [errors.notFound, errors.reservedName],
      },
      async ({ params, principal }) => {
        await fleet.cancel(mayBe(appName(params.app), principal), params.id)
        return DONE()
      },
    ),
    put(
      `${root}/apps/:app/:id/status`,
      {
        ...COMMAND,
        summary: 'Decide the status of an instance, whatever it says itself: OUT_OF_SERVICE takes it out of every look-up',
        params: Instance,
        query: closed({ value: Type.String({ maxLength: 40 }), lastDirtyTimestamp: Millis, ...replica }),
        errors: [errors.notFound, errors.invalidStatus, errors.reservedName],
      },
      async ({ params, query, principal }) => {
        const status = statusOf(query.value)
        await fleet.override(mayBe(appName(params.app), principal), params.id, status)
        return DONE()
      },
    ),
    del(
      `${root}/apps/:app/:id/status`,
      {
        ...COMMAND,
        summary: 'Let the instance decide its status again; without `value` it is UNKNOWN until it registers again',
        params: Instance,
        query: closed({ value: Word, lastDirtyTimestamp: Millis, ...replica }),
        errors: [errors.notFound, errors.invalidStatus, errors.reservedName],
      },
      async ({ params, query, principal }) => {
        const status = query.value === undefined ? 'UNKNOWN' : statusOf(query.value)
        await fleet.release(mayBe(appName(params.app), principal), params.id, status)
        return DONE()
      },
    ),
    put(
      `${root}/apps/:app/:id/metadata`,
      {
        ...COMMAND,
        summary: 'Add to the metadata of an instance: each `key=value` of the query',
        params: Instance,
        query: Type.Object({}, { additionalProperties: Type.String({ maxLength: 1_000 }) }),
        errors: [errors.notFound, errors.invalidInstance, errors.reservedName],
      },
      async ({ params, query, principal }) => {
        const { locale: _ours, ...metadata } = query as Record<string, string>
        await fleet.addMetadata(mayBe(appName(params.app), principal), params.id, readMetadata(metadata))
        return DONE()
      },
    ),
  ]
}
