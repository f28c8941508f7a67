import Type, { type Static } from 'typebox'

export const Settings = Type.Object({
  passkeyRpId: Type.Optional(
    Type.String({
      pattern: '^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$',
      description:
        'Domain that passkeys are bound to; without it the host of the public URL. Changing it makes every passkey worthless',
    }),
  ),
  passkeyOrigins: Type.Array(Type.String({ pattern: '^https?://[^/\\s]+$', description: 'scheme, host and port' }), {
    default: [],
    description:
      'Addresses of pages that may ask for passkeys; none: the public URL. Each has to be the domain of the passkeys or below it',
  }),
  providers: Type.Optional(
    Type.String({
      maxLength: 20_000,
      secret: true,
      description:
        'Other sign-ins by OpenID Connect, as a JSON list: docs/how-to-sign-in-elsewhere.md. None: only those of the shop itself',
    }),
  ),
})
export type Settings = Static<typeof Settings>
