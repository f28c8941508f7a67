/** What Spring Cloud 2025.0.1 sends when it registers, as it was recorded, but for the addresses. */
export const springRegistration = (status = 'UP', dirty = 1795243101088) => ({
  instance: {
    instanceId: 'interop-client:41895',
    app: 'INTEROP-CLIENT',
    appGroupName: null,
    ipAddr: '127.0.0.1',
    sid: 'na',
    homePageUrl: 'http://127.0.0.1:41895/',
    statusPageUrl: 'http://127.0.0.1:41895/actuator/info',
    healthCheckUrl: 'http://127.0.0.1:41895/actuator/health',
    secureHealthCheckUrl: null,
    vipAddress: 'interop-client',
    secureVipAddress: 'interop-client',
    countryId: 1,
    dataCenterInfo: { '@class': 'com.netflix.appinfo.InstanceInfo$DefaultDataCenterInfo', name: 'MyOwn' },
    hostName: '127.0.0.1',
    status,
    overriddenStatus: 'UNKNOWN',
    leaseInfo: {
      renewalIntervalInSecs: 2,
      durationInSecs: 6,
      registrationTimestamp: 0,
      lastRenewalTimestamp: 0,
      evictionTimestamp: 0,
      serviceUpTimestamp: 0,
    },
    isCoordinatingDiscoveryServer: false,
    lastUpdatedTimestamp: 1795243100715,
    lastDirtyTimestamp: dirty,
    actionType: null,
    asgName: null,
    port: { $: 41895, '@enabled': 'true' },
    securePort: { $: 443, '@enabled': 'false' },
    metadata: { zone: 'interop', 'management.port': '41895' },
  },
})

/** Headers of its requests. */
export const SPRING = {
  accept: 'application/json, application/*+json',
  'content-type': 'application/json',
  'accept-encoding': 'gzip, x-gzip, deflate',
}

/** eureka-js-client says much less. */
export const javascriptRegistration = (port = 3000) => ({
  instance: {
    instanceId: `js:${port}`,
    app: 'js-client',
    hostName: 'localhost',
    ipAddr: '127.0.0.1',
    port: { $: port, '@enabled': true },
    vipAddress: 'js-client',
    dataCenterInfo: { '@class': 'com.netflix.appinfo.InstanceInfo$DefaultDataCenterInfo', name: 'MyOwn' },
  },
})

/** Older Java clients send XML. */
export const xmlRegistration = `<instance>
  <instanceId>old:8080</instanceId><hostName>old.example</hostName><app>OLD</app><ipAddr>10.0.0.9</ipAddr>
  <status>UP</status><overriddenstatus>UNKNOWN</overriddenstatus>
  <port enabled="true">8080</port><securePort enabled="false">443</securePort><countryId>1</countryId>
  <dataCenterInfo class="com.netflix.appinfo.InstanceInfo$DefaultDataCenterInfo"><name>MyOwn</name></dataCenterInfo>
  <leaseInfo><renewalIntervalInSecs>30</renewalIntervalInSecs><durationInSecs>90</durationInSecs></leaseInfo>
  <metadata class="java.util.Collections$EmptyMap"><zone>a &amp; b</zone></metadata>
  <vipAddress>old</vipAddress><isCoordinatingDiscoveryServer>false</isCoordinatingDiscoveryServer>
</instance>`
