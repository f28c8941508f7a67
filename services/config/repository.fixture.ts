import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createCipher } from './cipher.ts'

export const KEY = 'a key of sixteen characters'

/** A repository with an environment in several files, and files that are sent as they are. */
export const FILES: Record<string, string> = {
  'application.yml': `interop:
  layer: application
  greeting: "grüß dich"
  nested:
    list:
      - one
      - two
    number: 42
    flag: true
---
spring:
  config:
    activate:
      on-profile: dev
interop:
  document: only in dev
---
spring.config.activate.on-profile: "!dev"
interop:
  document: not in dev
`,
  'interop-client.yml': 'interop:\n  layer: interop-client\n  address: http://${interop.host:localhost}/\n',
  'interop-client-dev.properties': `interop.layer=interop-client-dev
interop.secret={cipher}${createCipher(KEY).encrypt('plain text')}
interop.broken={cipher}00
`,
  'templates/nginx.conf': 'server_name ${interop.layer};\n',
  'templates/nginx-dev.conf': 'dev only\n',
  'shop-front-uat.yaml': 'interop: { nested: { list: [three] } }\n',
}

/** Puts these files below `root`. */
export async function write(root: string, all: Record<string, string>): Promise<void> {
  for (const [path, text] of Object.entries(all)) {
    await mkdir(join(root, path, '..'), { recursive: true })
    await writeFile(join(root, path), text)
  }
}
