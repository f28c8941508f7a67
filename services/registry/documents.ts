import type { Entry } from './entry.ts'

/** The instance as clients read it: which numbers are texts is part of the protocol. */
export function instanceDocument(entry: Entry): Record<string, unknown> {
  const { registration, status, overridden, dirty, registeredAt, upAt, renewedAt, changedAt, action } = entry
  const { app, instanceId, hostName, ipAddr, port, securePort, dataCenter, vipAddress, secureVipAddress, about } = registration
  return present({
    instanceId,
    hostName,
    app,
    ipAddr,
    status,
    overriddenStatus: overridden,
    port: { $: port.port, '@enabled': String(port.enabled) },
    securePort: { $: securePort.port, '@enabled': String(securePort.enabled) },
    countryId: registration.countryId,
    dataCenterInfo: { '@class': dataCenter.class, name: dataCenter.name },
    leaseInfo: {
      renewalIntervalInSecs: registration.renewalSeconds,
      durationInSecs: registration.leaseSeconds,
      registrationTimestamp: registeredAt,
      lastRenewalTimestamp: renewedAt,
      evictionTimestamp: action === 'DELETED' ? changedAt : 0,
      serviceUpTimestamp: upAt,
    },
    metadata: registration.metadata,
    ...about,
    vipAddress,
    secureVipAddress,
    isCoordinatingDiscoveryServer: String(registration.coordinating),
    lastUpdatedTimestamp: String(changedAt),
    lastDirtyTimestamp: String(dirty),
    actionType: action,
  })
}

const present = (document: Record<string, unknown>) =>
  Object.fromEntries(Object.entries(document).filter(([, value]) => value !== undefined))

export function applicationDocument(name: string, entries: readonly Entry[]): Record<string, unknown> {
  return { name, instance: entries.map(instanceDocument) }
}

/** `shown` by application; the hash is that of the `whole` registry, so that a client can tell whether its copy is complete. */
export function applicationsDocument(shown: readonly Entry[], whole: readonly Entry[]): Record<string, unknown> {
  const applications = Map.groupBy(shown, ({ registration }) => registration.app)
  return {
    applications: {
      versions__delta: '1',
      apps__hashcode: hashcodeOf(whole),
      application: [...applications].map(([name, entries]) => applicationDocument(name, entries)),
    },
  }
}

/** `DOWN_1_UP_2_`: how many have each status, in alphabetical order; empty where there is nobody. */
export function hashcodeOf(entries: readonly Entry[]): string {
  const counts = Map.groupBy(entries, ({ status }) => status)
  return [...counts]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([status, list]) => `${status}_${list.length}_`)
    .join('')
}

/** Those who answer to this name; one instance may have several, with commas between. */
export function byVip(entries: readonly Entry[], vip: string, secure: boolean): Entry[] {
  const wanted = vip.toLowerCase()
  return entries.filter(({ registration: { vipAddress, secureVipAddress } }) =>
    ((secure ? secureVipAddress : vipAddress) ?? '')
      .toLowerCase()
      .split(',')
      .some((name) => name.trim() === wanted),
  )
}

export const byId = (entries: readonly Entry[], instanceId: string): Entry | undefined =>
  entries.find(({ registration }) => registration.instanceId === instanceId)
