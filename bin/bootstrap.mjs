// What both entry points need before any of our TypeScript can run: the packages of package-lock.json and a Node that
// strips types. Plain JavaScript for Node >= 18, no dependencies: this file runs on a machine that has only npm.
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { withFileLock } from './file-lock.mjs'

/** Folder of the clone. */
export const root = dirname(dirname(fileURLToPath(import.meta.url)))

/** First Node that strips types without a warning. */
const oldestNode = [24, 12]

/** An error whose message is all the user needs: what is wrong and what to do about it. */
export class BootstrapError extends Error {}

function runsTypeScript(version) {
  const [major, minor] = version.split('.').map(Number)
  return major > oldestNode[0] || (major === oldestNode[0] && minor >= oldestNode[1])
}

/** True when the Node running this file can run the platform itself. */
export const ownNodeIsEnough = runsTypeScript(process.versions.node)

/** Path of a Node that runs the platform: this one if it is new enough, else the one that package.json pins. */
export function chooseNode() {
  if (ownNodeIsEnough) return process.execPath
  const pinned = join(root, 'node_modules', 'node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node')
  if (existsSync(pinned)) return pinned
  throw new BootstrapError(
    `Node ${oldestNode.join('.')} or newer is needed, this is ${process.versions.node}, and the pinned one was not installed. ` +
      'Run `npm rebuild node --ignore-scripts=false`, or install a newer Node.',
  )
}

function readJson(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'))
  } catch {
    return undefined
  }
}

/** npm's os and cpu lists: names that fit, or names with ! that do not. */
function forThisMachine(names = [], own) {
  if (names.includes(`!${own}`)) return false
  return names.includes(own) || names.every((name) => name.startsWith('!'))
}

/** Packages the lock file asks for and node_modules lacks. npm records what it put there in node_modules/.package-lock.json. */
function missingPackages(lock, { dev }) {
  const present = readJson(join(root, 'node_modules', '.package-lock.json'))?.packages ?? {}
  const isMissing = ([path, wanted]) => {
    if (path === '' || wanted.link) return false
    if (!dev && (wanted.dev || wanted.devOptional)) return false
    const found = present[path]
    if (found) {
      return (
        found.version !== wanted.version ||
        (found.integrity ?? wanted.integrity) !== wanted.integrity ||
        !existsSync(join(root, path))
      )
    }
    if (!wanted.optional) return true
    // Optional packages of optional packages are npm's to judge. Our own are the database's binaries: one fits this machine.
    const ours = Object.hasOwn(lock.packages[''].optionalDependencies ?? {}, path.slice('node_modules/'.length))
    return ours && forThisMachine(wanted.os, process.platform) && forThisMachine(wanted.cpu, process.arch)
  }
  return Object.entries(lock.packages)
    .filter(isMissing)
    .map(([path]) => path.slice('node_modules/'.length))
}

const holdsPackages = (lock, scope) => missingPackages(lock, scope).length === 0

const stampFile = join(root, 'node_modules', '.souk-installed.json')

function readLock() {
  const file = join(root, 'package-lock.json')
  if (!existsSync(file)) return undefined
  const text = readFileSync(file, 'utf8')
  return { text, hash: createHash('sha256').update(text).update(process.platform).update(process.arch).digest('hex') }
}

/**
 * What is installed now: `undefined` when it does not match the lock file. The stamp spares a start the comparison;
 * without one (somebody ran npm by hand) the packages themselves are compared and stamped.
 */
function installed(lock) {
  const stamp = stampOf(lock)
  if (stamp) return stamp
  const packages = JSON.parse(lock.text)
  if (!holdsPackages(packages, { dev: false })) return undefined
  return writeStamp({ lock: lock.hash, dev: holdsPackages(packages, { dev: true }) })
}

function stampOf(lock) {
  const stamp = readJson(stampFile)
  return stamp?.lock === lock.hash ? stamp : undefined
}

function writeStamp(stamp) {
  try {
    writeFileSync(stampFile, JSON.stringify(stamp))
  } catch {
    // a read-only installation is compared on every start instead
  }
  return stamp
}

/** Installs what package-lock.json asks for and node_modules lacks. With `dev`, the tools for tests and checks too. */
export async function ensureInstalled({ dev }) {
  const lock = readLock()
  if (!lock) return
  const fits = (state) => state !== undefined && (state.dev || !dev)
  if (fits(stampOf(lock))) return
  // The comparison waits for its turn too: what an installation under way has put there is not complete.
  const work = async () => {
    if (!fits(installed(lock))) await install(lock, dev || developmentPackagesPresent())
  }
  const waiting = (pid) => say(`another installation is running here (pid ${pid}), waiting for it`)
  try {
    await withFileLock(join(root, '.souk', 'install.lock'), { waiting, work })
  } catch (error) {
    const readOnly = error.code === 'EROFS' || error.code === 'EACCES'
    if (!readOnly) throw error
    if (!fits(installed(lock))) throw new BootstrapError(`the folder ${root} cannot be written, and packages are missing in it.`)
  }
}

function developmentPackagesPresent() {
  const present = readJson(join(root, 'node_modules', '.package-lock.json'))?.packages ?? {}
  return Object.values(present).some((entry) => entry.dev)
}

async function install(lock, dev) {
  const fresh = !existsSync(join(root, 'node_modules', '.package-lock.json'))
  const count = Object.values(JSON.parse(lock.text).packages).filter((entry) => dev || !entry.dev).length
  say(fresh ? `first start: installing packages (up to ${count}) …` : 'installing packages that are missing …')
  const startedAt = Date.now()
  // Not `npm ci`: it empties node_modules under the feet of a shop that runs from it, and refuses a lock file that lacks
  // optional packages of other platforms, as npm writes it where a registry does not have them all. Versions and checksums
  // come from the lock file either way; --no-save leaves it alone, and the comparison afterwards is what `npm ci` is for.
  await npm(['install', '--no-save', dev ? '--include=dev' : '--omit=dev', '--no-audit', '--no-fund', '--loglevel=error'])
  const missing = missingPackages(JSON.parse(lock.text), { dev })
  if (missing.length > 0) {
    const names = `${missing.slice(0, 3).join(', ')}${missing.length > 3 ? ` and ${missing.length - 3} more` : ''}`
    throw new BootstrapError(
      `npm left out ${names}: package-lock.json does not match package.json. Run \`npm install\` and look at what it says.`,
    )
  }
  writeStamp({ lock: lock.hash, dev })
  say(`installed in ${((Date.now() - startedAt) / 1000).toFixed(1)} s`)
}

/** Runs npm: the one that started us if there is one, else the one on the PATH. Its output is shown only when it fails. */
async function npm(args) {
  const own = process.env.npm_execpath
  const [command, prefix, shell] =
    own && basename(own) === 'npm-cli.js' ? [process.execPath, [own], false] : ['npm', [], process.platform === 'win32']
  const child = spawn(command, [...prefix, ...args], {
    cwd: root,
    shell,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: npmEnvironment(),
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output = (output + chunk).slice(-20_000)))
  const startedAt = Date.now()
  const progress = setInterval(() => say(`still installing, ${Math.round((Date.now() - startedAt) / 1000)} s …`), 15_000)
  const end = await whenEnded(child).finally(() => clearInterval(progress))
  if (end.signal) throw new BootstrapError(`the installation was stopped (${end.signal}). Start again to resume it.`)
  if (end.code !== 0) throw new BootstrapError(explainNpm(output, end))
}

/** NODE_ENV=production would hide the development packages, and an inherited prefix would install them somewhere else. */
function npmEnvironment() {
  const env = { ...process.env }
  for (const name of ['NODE_ENV', 'npm_config_prefix', 'npm_config_global', 'npm_config_omit', 'npm_config_include'])
    delete env[name]
  return env
}

function explainNpm(output, end) {
  if (end.error?.code === 'ENOENT') return 'npm was not found. Install Node with npm, or put npm on the PATH.'
  const reasons = [
    [/ENOSPC/, 'the disk is full. Free some space, then start again.'],
    [/EACCES|EPERM|EROFS/, `the folder ${root} cannot be written. Give yourself the right to write there, then start again.`],
    [
      /ENOTFOUND|EAI_AGAIN|ETIMEDOUT|ECONNREFUSED|ECONNRESET|ENETUNREACH|ENOTCACHED|ERR_SOCKET_TIMEOUT/,
      'the package registry cannot be reached. Check network and proxy (`npm ping`), then start again.',
    ],
    [/EINTEGRITY/, 'a downloaded package does not match package-lock.json. Run `npm cache verify`, then start again.'],
  ]
  const reason = reasons.find(([pattern]) => pattern.test(output))?.[1]
  const lines = output.split('\n').filter((line) => line.trim() && !/A complete log|npm (warn|notice)/i.test(line))
  const detail = lines.slice(reason ? -3 : -8).join('\n  ')
  return `npm could not install the packages: ${reason ?? `npm ended with ${end.code}.`}${detail ? `\n  ${detail}` : ''}`
}

/**
 * Waits for a child and passes on SIGTERM, SIGINT and SIGHUP, so that stopping us stops it. At a terminal the keyboard's
 * SIGINT reaches the child by itself; a second one would look like an impatient user.
 */
export function whenEnded(child) {
  const forward = (signal) => {
    if (signal === 'SIGINT' && process.stdin.isTTY) return
    child.kill(signal)
  }
  const signals = process.platform === 'win32' ? ['SIGINT', 'SIGTERM'] : ['SIGINT', 'SIGTERM', 'SIGHUP']
  for (const signal of signals) process.on(signal, forward)
  return new Promise((resolve) => {
    child.once('error', (error) => resolve({ code: 127, signal: null, error }))
    child.once('exit', (code, signal) => resolve({ code, signal }))
  }).finally(() => {
    for (const signal of signals) process.off(signal, forward)
  })
}

/** Ends this process the way the child ended. */
export function endLike({ code, signal, error }) {
  if (error) throw new BootstrapError(`cannot start ${error.path}: ${error.message}`)
  if (!signal) return process.exit(code ?? 1)
  process.kill(process.pid, signal)
  setTimeout(() => process.exit(1), 1000) // a signal that this process ignores
}

/** Where V8 keeps compiled code (and Node the stripped TypeScript) between starts. */
export const compileCache = join(root, 'node_modules', '.cache', 'souk')

export function say(text) {
  process.stderr.write(`souk: ${text}\n`)
}

/** Runs an entry point; a BootstrapError becomes its line, anything else keeps its stack. */
export async function entry(work) {
  try {
    await work()
  } catch (error) {
    if (!(error instanceof BootstrapError)) throw error
    say(error.message)
    process.exit(1)
  }
}
