import type { RunningService } from '#kit/service/host.ts'
import { runJob } from '#kit/service/jobs.ts'
import { checkRules, type RuleResult } from './check-rules.ts'

export interface RuleWatch {
  /** what was found, by whoever looked last; nothing in processes whose turn it was not for a while */
  results(): readonly Omit<RuleResult, 'rows'>[]
  run(signal: AbortSignal): Promise<void>
}

/**
 * Asks the rules that must always hold again and again: for every service one process in the cluster, chosen as for any job. What a process
 * found is forgotten when it was not its turn for two rounds.
 */
export function watchRules(
  services: readonly RunningService[],
  urls: Readonly<Record<string, string>>,
  everySeconds: number,
): RuleWatch {
  const found = new Map<string, { until: number; results: Omit<RuleResult, 'rows'>[] }>()
  const lookAt =
    ({ service, name, log }: RunningService) =>
    async (signal: AbortSignal) => {
      const results: Omit<RuleResult, 'rows'>[] = []
      for await (const { rows, ...result } of checkRules(service, urls[name] as string)) {
        if (signal.aborted) return
        results.push(result)
        if (result.violations > 0)
          log.error({ rule: result.name, violations: result.violations, rows }, 'a rule that must always hold is broken')
      }
      found.set(name, { until: performance.now() + 2 * everySeconds * 1000, results })
    }
  return {
    results: () => [...found.values()].flatMap(({ until, results }) => (until > performance.now() ? results : [])),
    async run(signal) {
      const watched = services.filter(({ service }) => (service.invariants?.length ?? 0) > 0)
      await Promise.all(watched.map((entry) => runJob(entry, { name: 'rules', everySeconds, run: lookAt(entry) }, signal)))
    },
  }
}
