import { reactRouter } from '@react-router/dev/vite'
import { defineConfig } from 'vite'

/**
 * Two files that every page needs, instead of the fifteen that splitting by use makes: what is compressed together becomes smaller (5 kB of 105),
 * and a first visit asks less often. The words of the two languages stay apart.
 */
const CHUNKS = [
  { name: 'framework', test: /node_modules.*\.js$/ },
  { name: 'shop', test: /storefront\/app\/(components|i18n\/(format|language))/, minShareCount: 5 },
]

export default defineConfig({
  plugins: [reactRouter()],
  build: { target: 'es2023', assetsInlineLimit: 0 },
  environments: {
    client: { build: { rolldownOptions: { output: { codeSplitting: { groups: CHUNKS } } } } },
    // what the host imports is not React Router's own entry but ours, which takes what the pages need from outside
    ssr: { build: { rolldownOptions: { input: './server/pages.ts' } } },
  },
})
