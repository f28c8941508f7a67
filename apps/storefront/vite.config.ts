import { reactRouter } from '@react-router/dev/vite'
import { defineConfig } from 'vite'

export default defineConfig({
  plugins: [reactRouter()],
  build: { target: 'es2023', assetsInlineLimit: 0 },
  environments: {
    // what the host imports is not React Router's own entry but ours, which takes what the pages need from outside
    ssr: { build: { rolldownOptions: { input: './server/pages.ts' } } },
  },
})
