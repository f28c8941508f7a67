import type { Config } from '@react-router/dev/config'

export default {
  ssr: true,
  appDirectory: 'app',
  buildDirectory: 'build',
  // the whole table of routes is small; asking for parts of it would cost a request on a visitor's first click
  routeDiscovery: { mode: 'initial' },
} satisfies Config
