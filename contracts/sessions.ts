/** Notices with the ids of sessions that ended: auth tells them, whoever verifies tokens hears them. */
export const ENDED_SESSIONS = 'ended-sessions'
/** Values by session id: when it was last used. Noted by whoever verifies tokens, shown by auth. */
export const SESSIONS = 'session'
