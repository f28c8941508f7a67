import { createProviderClient } from './client.ts'
import { readProviders } from './configuration.ts'
import type { OpenProvider } from './trips.ts'
import type { Settings } from '../settings.ts'
import type { ServiceKit } from '#kit/service/service.ts'

/** The other sign-ins of this shop; a provider is asked what it can when somebody first wants to go there. */
export function openProviders({
  settings,
  environment,
  log,
}: Pick<ServiceKit<Settings>, 'settings' | 'environment' | 'log'>): ReadonlyMap<string, OpenProvider> {
  const providers = readProviders(settings.providers, { strict: environment === 'production' })
  return new Map(providers.map((provider) => [provider.key, { provider, client: createProviderClient(provider, log) }]))
}
