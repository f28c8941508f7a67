import { url } from './setting.ts'
import { poolerUrl, replicaUrls } from './settings-databases.ts'

/** Settings every service has, whatever it declares itself: `<SERVICE>_DATABASE_URL` … */
export const serviceTable = {
  databaseUrl: {
    key: 'DATABASE_URL',
    schema: url('postgres(ql)?://', 'a postgres:// URL of an administrator'),
    secret: true,
    defaultText: 'DATABASE_URL',
    summary: 'A database, or a server, of its own.',
  },
  poolerUrl: {
    key: 'POOLER_URL',
    schema: poolerUrl,
    secret: false,
    defaultText: 'POOLER_URL, or none where the service has a database of its own',
    summary: 'A PgBouncer in front of its database.',
  },
  replicaUrls: {
    key: 'REPLICA_URLS',
    schema: replicaUrls,
    secret: true,
    defaultText: 'REPLICA_URLS, or none where the service has a database of its own',
    summary: 'Replicas of its database.',
  },
} as const
