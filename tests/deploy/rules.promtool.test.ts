import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'

const folder = fileURLToPath(new URL('../../deploy/prometheus/', import.meta.url))
const promtool = async (...args: string[]) =>
  await promisify(execFile)(process.env['PROMTOOL'] as string, args, { cwd: folder }).catch(
    (error: { stdout: string; stderr: string }) => error,
  )

describe('the alerts, by the tool of Prometheus itself', () => {
  it('are well formed', async () => {
    expect((await promtool('check', 'rules', 'rules.yaml')).stdout).toMatch(/SUCCESS: \d\d rules found/)
  })

  it('ring when they should and are silent when they should', async () => {
    const { stdout, stderr } = await promtool('test', 'rules', 'rules.test.yaml')
    expect(`${stdout}${stderr}`).toMatch(/SUCCESS/)
    expect(`${stdout}${stderr}`).not.toMatch(/FAILED/)
  })
})
