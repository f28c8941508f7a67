// Health check of the container: 0 when what is asked of the process on that port is well. By itself Docker asks whether it lives.
const [, , port = '8080', part = 'liveness'] = process.argv
const answer = await fetch(`http://127.0.0.1:${port}/actuator/health/${part}`, {
  signal: AbortSignal.timeout(2500),
}).catch(() => undefined)
process.exit(answer?.ok ? 0 : 1)
