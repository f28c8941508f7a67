// Health check of the container: 0 when the process answers on the port it is given.
const answer = await fetch(`http://127.0.0.1:${process.argv[2] || 8080}/actuator/health/liveness`, {
  signal: AbortSignal.timeout(2500),
}).catch(() => undefined)
process.exit(answer?.ok ? 0 : 1)
