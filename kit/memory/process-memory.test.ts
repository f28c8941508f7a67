import { memoryContract } from './memory.contract.ts'
import { createProcessMemory } from './process-memory.ts'

// one process has one memory
memoryContract('memory:', async () => {
  const memory = createProcessMemory()
  return { open: async () => memory }
})
