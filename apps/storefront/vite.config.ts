import { reactRouter } from '@react-router/dev/vite'
import { defineConfig } from 'vite'

/**
 * Two files that every page needs, instead of the fifteen that splitting by use makes: what is compressed together becomes smaller (5 kB of 105),
 * and a first visit asks less often. The words of the two languages stay apart.
 */
const CHUNKS = [
  { name: 'framework', test: /node_modules.*\.js$/ },
  { name: 'shop', test: /storefront\/app\/(components|i18n\/(format|language))/, minShareCount: 4 },
]

export default defineConfig({
  plugins: [reactRouter()],
  // pages name the scripts they need themselves
  build: { target: 'es2023', assetsInlineLimit: 0, modulePreload: false },
  environments: {
    client: {
      build: {
        rolldownOptions: {
          output: {
            codeSplitting: { groups: CHUNKS },
            // the libraries' warnings are for those who write pages; errors are reported all the same
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
