interface Started {
  stop(): Promise<void>
}

/**
 * Waits for all that is being started at the same time: all of them, or none. When one does not start, those that did are stopped before its error is told:
 * left alone they would go on, and keep a process from ending that somebody would start again.
 */
export async function startTogether(starting: readonly Promise<Started>[]): Promise<void> {
  const settled = await Promise.allSettled(starting)
  const failed = settled.find((each) => each.status === 'rejected')
  if (!failed) return
  await Promise.allSettled(settled.map((each) => (each.status === 'fulfilled' ? each.value.stop() : undefined)))
  throw failed.reason
}
