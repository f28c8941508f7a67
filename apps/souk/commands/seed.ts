import { defineCommand } from '../command.ts'
import { openMarks } from '../platform/marks.ts'
import { seedServices } from '../platform/seed.ts'
import { withPlatform } from '../with-platform.ts'

export const seed = defineCommand({
  name: 'seed',
  summary: 'Fills the shop with demo data; the first `start` does the same.',
  description:
    'Each service makes its demo data through its own commands, in the order of their ports. What is there stays as it is: safe to run again, and beside a running shop. A shop that has products of its own gets none.',
  options: {},
  async run(context) {
    const { terminal, signal } = context
    await withPlatform(
      context,
      async ({ host }, _installation, urls) => {
        const marks = openMarks(urls.platform)
        const total = host.services.filter(({ service }) => service.seed).length
        const progress = terminal.progress('services', total)
        let done = 0
        try {
          await seedServices(host, marks, {
            signal,
            onService: (service, milliseconds) => {
              done += 1
              progress.update(done, service)
              terminal.data({ service, milliseconds })
              terminal.text(`${service.padEnd(14)} ${(milliseconds / 1000).toFixed(1)} s`)
            },
          })
        } finally {
          progress.finish(done)
          await marks.close()
        }
      },
      { prepare: true, timeouts: { poolWait: 60_000 } },
    )
  },
})
