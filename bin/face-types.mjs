// Types of a web application: React Router first writes those of its routes. `node bin/face-types.mjs storefront`
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { root } from './bootstrap.mjs'

const face = join(root, 'apps', process.argv[2] ?? '')
const run = (...args) => spawnSync(process.execPath, args, { cwd: face, stdio: ['ignore', 'inherit', 'inherit'] }).status ?? 1
const written = run(join(root, 'node_modules/@react-router/dev/bin.cjs'), 'typegen')
process.exit(written || run(join(root, 'node_modules/typescript/bin/tsc'), '--noEmit', '-p', '.'))
