/** A client in a realm of its own, made through the admin interface of a real Keycloak; gone again with `remove`. */
export interface Realm {
  readonly issuer: string
  readonly clientId: string
  readonly clientSecret: string
  /** gives a person exactly these roles there */
  setRoles(username: string, roles: readonly string[]): Promise<void>
  remove(): Promise<void>
}

interface RealmPerson {
  readonly username: string
  readonly password: string
  readonly emailVerified: boolean
}

const CLIENT = { clientId: 'souk', clientSecret: 'between-shop-and-keycloak' }
const ROLES = ['shop-desk', 'shop-admin', 'something-else']

/** `KEYCLOAK_URL` with its administrator `KEYCLOAK_ADMIN`:`KEYCLOAK_ADMIN_PASSWORD` (default admin:admin, as its own first-start names do). */
export async function openRealm(name: string, shopUrl: string, people: readonly RealmPerson[]): Promise<Realm> {
  const url = process.env['KEYCLOAK_URL']
  if (!url) throw new Error('KEYCLOAK_URL is not set')
  // anew for each question: a token of Keycloak's administrator is good for a minute, and a shop may start more slowly than that
  const administrator = async (): Promise<string> => {
    const signedIn = await fetch(`${url}/realms/master/protocol/openid-connect/token`, {
      method: 'POST',
      body: new URLSearchParams({
        grant_type: 'password',
        client_id: 'admin-cli',
        username: process.env['KEYCLOAK_ADMIN'] ?? 'admin',
        password: process.env['KEYCLOAK_ADMIN_PASSWORD'] ?? 'admin',
      }),
    })
    if (!signedIn.ok) throw new Error(`Keycloak: signing in as administrator: ${signedIn.status} ${await signedIn.text()}`)
    return ((await signedIn.json()) as { access_token: string }).access_token
  }
  async function ask<T>(method: string, path: string, body?: unknown): Promise<T> {
    const answer = await fetch(`${url}/admin/realms${path}`, {
      method,
      headers: { authorization: `Bearer ${await administrator()}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const text = await answer.text()
    if (!answer.ok) throw new Error(`Keycloak: ${method} ${path}: ${answer.status} ${text}`)
    return (text ? JSON.parse(text) : undefined) as T
  }

  await ask('DELETE', `/${name}`).catch(() => undefined)
  await ask('POST', '', {
    realm: name,
    enabled: true,
    sslRequired: 'none',
    roles: { realm: ROLES.map((role) => ({ name: role })) },
    clients: [
      {
        clientId: CLIENT.clientId,
        secret: CLIENT.clientSecret,
        enabled: true,
        publicClient: false,
        standardFlowEnabled: true,
        redirectUris: [`${shopUrl}/sign-in/provider/*`, `${shopUrl}/admin/session/provider/*`],
        attributes: {
          'pkce.code.challenge.method': 'S256',
          'post.logout.redirect.uris': `${shopUrl}/##${shopUrl}/admin`,
        },
        protocolMappers: [
          {
            name: 'roles in the ID token',
            protocol: 'openid-connect',
            protocolMapper: 'oidc-usermodel-realm-role-mapper',
            config: {
              'claim.name': 'realm_access.roles',
              'jsonType.label': 'String',
              multivalued: 'true',
              'id.token.claim': 'true',
            },
          },
        ],
      },
    ],
    users: people.map(({ username, password, emailVerified }) => ({
      username,
      enabled: true,
      email: `${username}@company.example`,
      emailVerified,
      firstName: username[0]!.toUpperCase() + username.slice(1),
      lastName: 'Test',
      credentials: [{ type: 'password', value: password, temporary: false }],
    })),
  })

  return {
    issuer: `${url}/realms/${name}`,
    ...CLIENT,
    async setRoles(username, roles) {
      const [person] = await ask<{ id: string }[]>('GET', `/${name}/users?username=${username}&exact=true`)
      const all = await ask<{ name: string }[]>('GET', `/${name}/roles`)
      const path = `/${name}/users/${person!.id}/role-mappings/realm`
      await ask(
        'DELETE',
        path,
        all.filter((role) => ROLES.includes(role.name) && !roles.includes(role.name)),
      )
      await ask(
        'POST',
        path,
        all.filter((role) => roles.includes(role.name)),
      )
    },
    remove: () => ask('DELETE', `/${name}`),
  }
}
