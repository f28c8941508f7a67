import { execFile } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { type Allowed, judgeAudit } from './audit.ts'
import { judgeSignatures } from './signatures.ts'

/** Runs npm in the clone; whatever its exit code, what it printed counts. */
function npm(root: string, args: readonly string[]): Promise<string> {
  const script = process.env['npm_execpath']
  const [file, first] = script?.endsWith('.js') ? [process.execPath, [script]] : ['npm', []]
  return new Promise((resolve) => {
    execFile(file, [...first, ...args], { cwd: root, maxBuffer: 256 * 1024 * 1024, timeout: 120_000 }, (_error, stdout) =>
      resolve(stdout),
    )
  })
}

/** Asks for known weaknesses of the packages that are installed. Exit code: 0 none, 1 some, 2 nobody could be asked. */
export async function audit(root: string, json: boolean): Promise<number> {
  const allowed = JSON.parse(readFileSync(new URL('./audit-allowed.json', import.meta.url), 'utf8')) as Allowed[]
  const verdict = judgeAudit(await npm(root, ['audit', '--json']), allowed, new Date().toISOString().slice(0, 10))
  if (json) console.log(JSON.stringify(verdict))
  else if (verdict.outcome === 'not-asked')
    console.log(`audit: the registry could not be asked (${verdict.why}); nothing is known about weaknesses of packages`)
  else {
    for (const one of verdict.open) console.log(`${one.severity.padEnd(8)} ${one.package}: ${one.title} (${one.advisory})`)
    for (const advisory of verdict.stale)
      console.log(`stale    ${advisory} in audit-allowed.json: past its day, or not needed any more`)
    console.log(`audit: ${verdict.outcome}, ${verdict.open.length} open, ${verdict.allowed.length} allowed with a reason`)
  }
  return { clean: 0, weak: 1, 'not-asked': 2 }[verdict.outcome]
}

/** Asks whether the registry has signed the packages that are installed. Exit code: 0 all, 1 not all, 2 nobody could be asked. */
export async function signatures(root: string, json: boolean): Promise<number> {
  const verdict = judgeSignatures(await npm(root, ['audit', 'signatures', '--json']))
  if (json) console.log(JSON.stringify(verdict))
  else if (verdict.outcome === 'not-asked')
    console.log(`signatures: the registry could not be asked (${verdict.why}); nothing is known about who made the packages`)
  else {
    for (const one of verdict.packages) console.log(`${one}: no signature, or a wrong one`)
    console.log(`signatures: ${verdict.outcome}`)
  }
  return { signed: 0, forged: 1, 'not-asked': 2 }[verdict.outcome]
}

/** Writes what a shop consists of, as CycloneDX: packages with versions, licences and checksums, those for development left out. `file`: from the root of the clone, or a whole path. */
export async function sbom(root: string, file = join('reports', 'sbom.cdx.json')): Promise<number> {
  const text = await npm(root, ['sbom', '--sbom-format', 'cyclonedx', '--omit', 'dev', '--package-lock-only'])
  const { bomFormat, components = [] } = (text.startsWith('{') ? JSON.parse(text) : {}) as {
    bomFormat?: string
    components?: unknown[]
  }
  if (bomFormat !== 'CycloneDX' || components.length === 0) {
    console.error('sbom: npm wrote none')
    return 1
  }
  const path = resolve(root, file)
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, text)
  console.log(`sbom: ${components.length} packages in ${file}`)
  return 0
}
