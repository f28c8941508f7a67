import { operationsContract } from './operations.contract.ts'

operationsContract({ apart: false })
