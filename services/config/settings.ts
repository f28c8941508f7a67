import Type, { type Static } from 'typebox'

/** Read as `CONFIG_<KEY>`. */
export const Settings = Type.Object({
  repository: Type.Optional(
    Type.String({
      pattern: '^(file:///|git\\+(file|https?|ssh)://)[^\\s]+$',
      secret: true,
      description: 'file:///folder, or a git repository: git+file:///folder, git+https://[name:password@]host/path, git+ssh://…',
    }),
  ),
  defaultLabel: Type.String({
    pattern: '^[A-Za-z0-9][A-Za-z0-9._/-]{0,99}$',
    default: 'main',
    description:
      'Branch, tag or commit for those who name none; with file:/// labels are folders, and who names none gets the root',
  }),
  searchPaths: Type.Array(
    Type.String({ pattern: '^[A-Za-z0-9._/{}-]{1,200}$', description: 'a folder, may contain {application}' }),
    {
      default: [],
      description: 'Folders beside the root where files are looked for; later ones win',
    },
  ),
  fetchSeconds: Type.Integer({
    minimum: 0,
    maximum: 3_600,
    default: 5,
    description: 'How old the copy of a repository on another machine may be when it is asked',
  }),
  encryptKey: Type.Optional(
    Type.String({
      minLength: 16,
      secret: true,
      description: 'Encrypts {cipher} values, as encrypt.key of a Spring config server; else a key of SOUK_SECRET',
    }),
  ),
  formerKeys: Type.Array(Type.String({ minLength: 16 }), {
    default: [],
    secret: true,
    description: 'Keys that were used before: what they encrypted can still be read',
  }),
  watchSeconds: Type.Integer({
    minimum: 1,
    maximum: 3_600,
    default: 10,
    description: 'How often the repository is looked at; a change is told to every process',
  }),
})
export type Settings = Static<typeof Settings>
