import type { PublicKeyCredentialCreationOptionsJSON, PublicKeyCredentialRequestOptionsJSON } from '@simplewebauthn/browser'

/*
 * The device's part of a passkey. What speaks to it is loaded when somebody presses a button. `undefined`: the person closed the device's
 * question, or has nothing that fits; browsers do not tell which.
 */

/** Lets the device sign in with a passkey that its owner chooses. */
export async function showPasskey(options: unknown) {
  const { startAuthentication, WebAuthnError } = await import('@simplewebauthn/browser')
  return await unlessRefused(
    startAuthentication({ optionsJSON: options as PublicKeyCredentialRequestOptionsJSON }),
    WebAuthnError,
  )
}

/** Lets the device make a passkey. */
export async function makePasskey(options: unknown) {
  const { startRegistration, WebAuthnError } = await import('@simplewebauthn/browser')
  return await unlessRefused(startRegistration({ optionsJSON: options as PublicKeyCredentialCreationOptionsJSON }), WebAuthnError)
}

async function unlessRefused<T>(answer: Promise<T>, refusal: new (...args: never[]) => Error): Promise<T | undefined> {
  try {
    return await answer
  } catch (error) {
    if (error instanceof refusal || error instanceof DOMException) return undefined
    throw error
  }
}
