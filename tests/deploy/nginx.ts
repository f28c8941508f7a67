import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { eventually } from '#kit/testing/eventually.ts'
import { freePort } from '../chaos/chaos-shop.ts'

const FILE = new URL('../../deploy/nginx/nginx.conf', import.meta.url)
const SCRATCH = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']

interface Place {
  readonly port: number
  readonly gateways: readonly string[]
  readonly folder: string
}

/** The file as it is, but for what belongs to another machine (names, ports, certificates, folders) and for how much one address may ask. */
function adapted(text: string, { port, gateways, folder }: Place): string {
  const changes: (readonly [string | RegExp, string])[] = [
    ...gateways.map((url, index) => [`gateway-${index + 1}:8080`, new URL(url).host] as const),
    ['include /etc/nginx/mime.types;', SCRATCH.map((name) => `${name}_temp_path ${folder}/${name};`).join(' ')],
    ['access_log /dev/stdout json;', 'access_log off;'],
    [/server \{\s*listen 80;[^}]*\}/, ''],
    ['listen 443 ssl;', `listen 127.0.0.1:${port};`],
    ['http2 on;', ''],
    [/ssl_[a-z_]+ [^;]+;/g, ''],
    [/rate=\d+r\/s/g, 'rate=10000r/s'],
    [/limit_conn lines \d+;/, ''],
  ]
  let conf = text
  for (const [from, to] of changes) {
    const next = conf.replace(from, to)
    if (next === conf) throw new Error(`deploy/nginx/nginx.conf has no ${from} any more`)
    conf = next
  }
  return `daemon off; pid ${folder}/pid; error_log ${folder}/error.log;\n${conf}`
}

/** deploy/nginx before these gateways, by the nginx that the variable NGINX names. */
export async function openNginx(gateways: readonly string[]): Promise<{ url: string; close(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'souk-nginx-'))
  const port = await freePort()
  const conf = join(folder, 'nginx.conf')
  await writeFile(conf, adapted(await readFile(FILE, 'utf8'), { port, gateways, folder }))
  // nginx takes a variable of this name for a list of sockets that it inherits
  const { NGINX: program, ...env } = process.env
  const nginx = spawn(program as string, ['-p', folder, '-c', conf], { env, stdio: ['ignore', 'inherit', 'inherit'] })
  const stopWithUs = () => nginx.kill('SIGTERM')
  process.once('exit', stopWithUs)
  const url = `http://127.0.0.1:${port}`
  const ended = once(nginx, 'exit')
  const failed = ended.then(([code]) => {
    throw new Error(`nginx ended with ${code}`)
  })
  failed.catch(() => undefined)
  const answers = eventually(async () => void (await fetch(`${url}/actuator`)), { timeoutMs: 10_000, everyMs: 50 })
  await Promise.race([failed, answers])
  return {
    url,
    async close() {
      process.off('exit', stopWithUs)
      if (nginx.exitCode === null && nginx.kill('SIGTERM')) await ended
      await rm(folder, { recursive: true, force: true })
    },
  }
}
