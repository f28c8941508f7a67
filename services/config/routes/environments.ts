import Type from 'typebox'
import { type Deps, READ } from '../deps.ts'
import { merge, readable, resolve, resolveText, type Source, sourcesOf } from '../environment.ts'
import { errors } from '../errors.ts'
import { filePath, labelOf, namesOf, type Snapshot } from '../repository.ts'
import { type Format, FORMATS, render } from '../render.ts'
import { get, programOr, Reply, type Route } from '#kit/http/route.ts'
import { closed } from '#kit/messaging/event.ts'

/** The type of the newer Spring clients: every value with the place it stands at. */
const V2 = 'application/vnd.spring-cloud.config-server.v2+json'
const ONE = Type.String({ minLength: 1, maxLength: 200 })
const ENVIRONMENT = { access: programOr(READ), produces: 'application/json', alsoProduces: [V2] } as const
const FAILS = { errors: [errors.noSuchLabel, errors.invalidName, errors.unreadable, errors.invalidFile] } as const
const Query = closed({ resolvePlaceholders: Type.Optional(Type.String({ maxLength: 5 })) })
/** Addresses that are somebody else's where config stands at the root. */
const OTHERS = new Set(['api', 'actuator', 'internal', 'v3', 'docs'])

/** Environments of applications below `root`, as sources, merged, and files as they are. */
export function environmentRoutes(deps: Deps, root: string): Route[] {
  const { repository, settings, cipher } = deps

  async function load(application: string, profile: string, label: string | undefined) {
    if (root === '' && OTHERS.has(application)) throw errors.notFound()
    const asked = { applications: namesOf(application), profiles: namesOf(profile) }
    const snapshot = await repository.at(label === undefined ? undefined : labelOf(label))
    return { snapshot, sources: await sourcesOf(snapshot, asked, settings.searchPaths) }
  }

  async function environment(application: string, profile: string, label: string | undefined, accept: string | undefined) {
    const { snapshot, sources } = await load(application, profile, label)
    const detailed = accept?.includes(V2) ?? false
    const body = {
      name: application,
      profiles: [profile],
      label: label === undefined ? null : labelOf(label),
      version: snapshot.version,
      state: detailed ? '' : null,
      propertySources: sources.map((source) => ({ name: source.name, source: shown(source, detailed) })),
    }
    return new Reply(Buffer.from(JSON.stringify(body)), {
      headers: { 'content-type': detailed ? V2 : 'application/json', vary: 'Accept', ...KEEP_OUT },
    })
  }

  const shown = (source: Source, detailed: boolean) =>
    Object.fromEntries(
      [...readable(source, cipher)].map(([key, { value, origin }]) => [
        key,
        detailed && origin !== undefined ? { value, origin } : value,
      ]),
    )

  async function merged(file: string, label: string | undefined, withPlaceholders: boolean) {
    const { application, profile, format } = mergedName(file)
    const { sources } = await load(application, profile, label)
    const values = merge(sources.map((source) => readable(source, cipher)))
    const text = render(format, withPlaceholders ? values : resolve(values))
    return new Reply(Buffer.from(text), {
      headers: { 'content-type': format === 'json' ? 'application/json' : PLAIN, ...KEEP_OUT },
    })
  }
  const keeps = ({ resolvePlaceholders }: { resolvePlaceholders?: string }) => resolvePlaceholders === 'false'

  return [
    get(
      `${root}/:file`,
      {
        ...ENVIRONMENT,
        ...FAILS,
        alsoProduces: ['text/plain'],
        summary: 'An environment in one piece: `{application}-{profile}.yml`, `.properties` or `.json`',
        params: closed({ file: ONE }),
        query: Query,
      },
      async ({ params, query }) => await merged(params.file, undefined, keeps(query)),
    ),
    get(
      `${root}/:application/:profile`,
      {
        ...ENVIRONMENT,
        ...FAILS,
        summary: 'The environment of an application: its sources, the first wins; or `{label}/{application}-{profile}.yml`',
        params: closed({ application: ONE, profile: ONE }),
        query: Query,
      },
      async ({ params: { application, profile }, query, headers }) =>
        isMergedName(profile)
          ? await merged(profile, application, keeps(query))
          : await environment(application, profile, undefined, headers['accept']),
    ),
    get(
      `${root}/:application/:profile/:label`,
      {
        ...ENVIRONMENT,
        ...FAILS,
        summary: 'The same at a label: a branch, a tag, a commit. A slash of its own is written `(_)`',
        params: closed({ application: ONE, profile: ONE, label: ONE }),
      },
      async ({ params: { application, profile, label }, headers }) =>
        await environment(application, profile, label, headers['accept']),
    ),
    get(
      `${root}/:application/:profile/:label/*`,
      {
        access: programOr(READ),
        summary: 'A file of the repository; `${…}` in it become values of the environment',
        produces: 'text/plain; charset=utf-8',
        params: closed({ application: ONE, profile: ONE, label: ONE, '*': Type.String({ minLength: 1, maxLength: 400 }) }),
        errors: [...FAILS.errors, errors.noSuchFile],
      },
      async ({ params: { application, profile, label, '*': path } }) => {
        const { snapshot, sources } = await load(application, profile, label)
        const text = await fileOf(snapshot, filePath(path), namesOf(application), namesOf(profile))
        return new Reply(resolveText(text, merge(sources.map((source) => readable(source, cipher)))), { headers: KEEP_OUT })
      },
    ),
  ]
}

const PLAIN = 'text/plain; charset=utf-8'
/** Decrypted secrets are in no cache on the way. */
const KEEP_OUT = { 'cache-control': 'no-store' }

const MERGED = new RegExp(`^(.+)-([^-]+)\\.(${FORMATS.join('|')})$`)
const isMergedName = (file: string): boolean => MERGED.test(file)

/** `shop-front-dev.yml`: the application is what stands before the last dash. */
function mergedName(file: string): { application: string; profile: string; format: Format } {
  const [, application, profile, format] = MERGED.exec(file) ?? []
  if (application === undefined || profile === undefined) throw errors.notFound()
  return { application, profile, format: format as Format }
}

/** `nginx-dev.conf` before `nginx.conf`, the application's folder before the root. */
async function fileOf(
  snapshot: Snapshot,
  path: string,
  applications: readonly string[],
  profiles: readonly string[],
): Promise<string> {
  const dot = path.lastIndexOf('.')
  const [stem, ending] = dot > path.lastIndexOf('/') ? [path.slice(0, dot), path.slice(dot)] : [path, '']
  const names = [...profiles.toReversed().map((profile) => `${stem}-${profile}${ending}`), path]
  for (const folder of [...applications.toReversed().map((name) => `${name}/`), '']) {
    for (const name of names) {
      const found = await snapshot.read(`${folder}${name}`)
      if (found) return found.toString('utf8')
    }
  }
  throw errors.noSuchFile()
}
