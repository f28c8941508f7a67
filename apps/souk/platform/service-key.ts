/** Purpose from which the key pair of service tokens follows. */
export const SERVICE_KEY = 'service tokens'
