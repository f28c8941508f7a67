#!/usr/bin/env node
// `npm start` and `npx souk <command>`: makes sure that packages and runtime are there, then hands over to apps/souk.
import { spawn } from 'node:child_process'
import module from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { chooseNode, compileCache, endLike, ensureInstalled, entry, ownNodeIsEnough, root, whenEnded } from './bootstrap.mjs'

await entry(async () => {
  await ensureInstalled({ dev: false })
  const main = join(root, 'apps', 'souk', 'main.ts')
  process.env.NODE_COMPILE_CACHE ??= compileCache
  if (ownNodeIsEnough) {
    // No second process: once installed, npm itself puts the pinned Node first on the PATH of its scripts.
    module.enableCompileCache(process.env.NODE_COMPILE_CACHE)
    await import(pathToFileURL(main).href)
    return
  }
  endLike(await whenEnded(spawn(chooseNode(), [main, ...process.argv.slice(2)], { stdio: 'inherit' })))
})
