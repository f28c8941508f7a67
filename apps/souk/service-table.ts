import Type from 'typebox'
import { url } from './setting.ts'

/** Two settings every service has, whatever it declares itself: `<SERVICE>_DATABASE_URL`, `<SERVICE>_REPLICA_URLS`. */
export const serviceTable = {
  databaseUrl: {
    key: 'DATABASE_URL',
    schema: url('postgres(ql)?://', 'a postgres:// URL of an administrator'),
    secret: true,
    defaultText: 'DATABASE_URL',
    summary: 'A database, or a server, of its own.',
  },
  replicaUrls: {
    key: 'REPLICA_URLS',
    schema: Type.Array(Type.String({ pattern: '^postgres(ql)?://', description: 'a postgres:// URL' })),
    secret: true,
    defaultText: 'none',
    summary: 'Replicas for reads that decide nothing.',
  },
} as const
