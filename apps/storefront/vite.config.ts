import { reactRouter } from '@react-router/dev/vite'
import { defineConfig } from 'vite'

/**
 * What every page needs, in one file instead of the fifteen that splitting by use makes: what is compressed together becomes smaller (3 KB of 104), and
 * a first visit asks less often. What begins the work on a page is not in it: it runs when it is loaded. What four pages share follows in another; libraries
 * for single pages and the words of the two languages stay apart.
 */
const EVERY_PAGE = [
  /node_modules\/(react|react-dom|react-router|scheduler)\//,
  /storefront\/app\/(root|own-path|routes\/frame|i18n\/(format|language))\./,
  /storefront\/app\/components\/(cards|channel-choice|error-view|find|link|meta|pictures|price|recommended|sections|theme-choice|written|reviews\/stars)\./,
]
const CHUNKS = [
  { name: 'every-page', test: (id: string) => EVERY_PAGE.some((pattern) => pattern.test(id)) },
  { name: 'shop', test: /storefront\/app\/components/, minShareCount: 4 },
]

export default defineConfig({
  plugins: [reactRouter()],
  // pages name the scripts they need themselves
  build: { target: 'es2023', assetsInlineLimit: 0, modulePreload: false },
  environments: {
    client: {
      build: {
        rolldownOptions: {
          // the libraries' warnings are for those who write pages; errors are reported all the same
          treeshake: { manualPureFunctions: ['warning', 'warningOnce'] },
          output: {
            codeSplitting: { groups: CHUNKS },
            minify: { compress: { dropConsole: true }, mangle: true },
          },
        },
      },
    },
    // What the host imports is not React Router's own entry but ours, which takes what the pages need from outside. React comes along in it, as the
    // production build: loaded by itself it would ask the host's NODE_ENV, and the one for development renders at a fifth of the speed.
    ssr: {
      define: { 'process.env.NODE_ENV': '"production"' },
      resolve: { noExternal: true },
      build: { rolldownOptions: { input: './server/pages.ts' } },
    },
  },
})
