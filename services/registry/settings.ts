import Type, { type Static } from 'typebox'

/** Read as `REGISTRY_<KEY>`. */
export const Settings = Type.Object({
  maxInstances: Type.Integer({
    minimum: 1,
    maximum: 100_000,
    default: 5_000,
    description: 'Most instances that may be registered; more are refused',
  }),
  evictMs: Type.Integer({
    minimum: 50,
    maximum: 600_000,
    default: 1_000,
    description: 'How often, in milliseconds, instances are looked for that stopped renewing',
  }),
  refreshMs: Type.Integer({
    minimum: 50,
    maximum: 60_000,
    default: 1_000,
    description: 'How often, in milliseconds, a registry process looks for what other registry processes were told',
  }),
  selfPreservation: Type.Boolean({
    default: true,
    description: 'Remove nobody while so many are silent at once that the network is the likelier reason',
  }),
  preservePercent: Type.Integer({
    minimum: 1,
    maximum: 100,
    default: 15,
    description:
      'Self-preservation begins when more than this share of all instances is silent, and more than REGISTRY_PRESERVE_COUNT',
  }),
  preserveCount: Type.Integer({
    minimum: 0,
    maximum: 10_000,
    default: 2,
    description: 'So many silent instances are believed to be gone, however small the fleet is',
  }),
})
export type Settings = Static<typeof Settings>
