import { defineCommand, exit } from '../command.ts'
import { checkMemory } from '../check-redis.ts'
import { checkProcesses } from '../operations/process-checks.ts'
import { type Finding, checkDatabases, checkMachine, checkPort, checkSetup, checkStorageAndMail } from '../health-checks.ts'

const mark = { ok: 'ok  ', warning: 'WARN', failed: 'FAIL' } as const

export const doctor = defineCommand({
  name: 'doctor',
  summary: 'Looks for what would keep the shop from running; exit code 3 when something does.',
  description:
    'Checks Node, folder, disk, settings, port, database, pending migrations, clocks, bus, Redis, storage of files and mail; of a split shop every process, and says what it is connected to. Changes nothing.',
  options: {},
  async run(context) {
    const { terminal } = context
    const findings: Finding[] = []
    const report = (...found: Finding[]) => {
      for (const finding of found) {
        findings.push(finding)
        terminal.text(
          `${mark[finding.state]}  ${finding.check}: ${finding.detail}${finding.mend ? `\n      ${finding.mend}` : ''}`,
        )
        terminal.data(finding)
      }
    }
    const { installation, findings: setup } = await checkSetup(context)
    report(...setup)
    if (installation) {
      report(...(await checkMachine(installation)), await checkPort(installation), ...(await checkDatabases(installation)))
      report(...(await checkStorageAndMail(installation)))
      report(...(await checkMemory(installation)))
      report(...(await checkProcesses(installation)))
    }
    const failed = findings.filter(({ state }) => state === 'failed').length
    const warnings = findings.filter(({ state }) => state === 'warning').length
    terminal.text(failed + warnings === 0 ? 'Nothing is wrong.' : `${failed} to mend, ${warnings} to look at.`)
    return failed > 0 ? exit.findings : exit.ok
  },
})
