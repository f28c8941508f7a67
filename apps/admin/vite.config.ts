import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

export default defineConfig({
  base: '/admin/',
  plugins: [react()],
  build: { outDir: 'build', emptyOutDir: true, target: 'es2023', assetsInlineLimit: 0 },
})
