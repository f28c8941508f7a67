import Type, { type Static } from 'typebox'

export const Settings = Type.Object({
  url: Type.String({
    secret: true,
    pattern: '^(postgres:$|opensearch\\+https?://\\S+$)',
    default: 'postgres:',
    description:
      '`postgres:`, or opensearch+http://[user:password@]host:9200[/prefix] (`opensearch+https://`: with TLS): what finds products. PostgreSQL keeps the read model either way and answers while OpenSearch does not',
  }),
  replicas: Type.String({
    pattern: '^\\d{1,2}-(\\d{1,2}|all)$',
    default: '0-1',
    description:
      'How many further copies OpenSearch keeps of the index, at least and at most: by default one where it has several nodes. A change counts from the next rebuild on',
  }),
  cacheSeconds: Type.Integer({
    minimum: 0,
    maximum: 3600,
    default: 300,
    description: 'How long an answer may be kept whose products have not changed, in seconds',
  }),
})
export type Settings = Static<typeof Settings>
