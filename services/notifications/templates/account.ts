import { links } from '../links.ts'
import { accountMail } from '../template.ts'
import { sampleAccount } from './sample.ts'
import { greeting, shopVariables } from './wording.ts'

interface Link {
  readonly requestId: string
}
const sampleLink: Link = { requestId: '0198c1de-0000-7000-8000-000000000002' }

export const welcome = accountMail<object>()(
  'welcome',
  'Somebody opened an account.',
  { byHand: true },
  ({ shop, name }, say) => ({
    subject: say({ en: 'Welcome!', de: 'Willkommen!' }),
    preheader: say({ en: `Good to have you at ${shop.name}.`, de: `Schön, dass Sie bei ${shop.name} sind.` }),
    heading: say({ en: `Welcome to ${shop.name}`, de: `Willkommen bei ${shop.name}` }),
    intro: [
      greeting(name, say),
      say({
        en: `Your account is ready. With it your basket follows you from phone to desk, and you see at any time how far your orders are.`,
        de: `Ihr Konto ist eingerichtet. Ihr Warenkorb begleitet Sie damit auf jedem Gerät, und Sie sehen jederzeit, wie weit Ihre Bestellungen sind.`,
      }),
    ],
    blocks: [{ kind: 'button', label: say({ en: 'Have a look around', de: 'Jetzt stöbern' }), url: links.home(shop, say) }],
    variables: shopVariables(shop, name),
  }),
  sampleAccount({}),
)

export const verifyEmail = accountMail<Link>()(
  'verify-email',
  'A mail address is to be confirmed.',
  { needsLink: true },
  ({ shop, name, link }, say) => ({
    subject: say({ en: 'Please confirm your e-mail address', de: 'Bitte bestätigen Sie Ihre E-Mail-Adresse' }),
    preheader: say({ en: 'One click, and your address is confirmed.', de: 'Ein Klick, und Ihre Adresse ist bestätigt.' }),
    heading: say({ en: 'Is this your address?', de: 'Ist das Ihre Adresse?' }),
    intro: [
      greeting(name, say),
      say({
        en: `Please confirm that this address belongs to your account at ${shop.name}.`,
        de: `bitte bestätigen Sie, dass diese Adresse zu Ihrem Konto bei ${shop.name} gehört.`,
      }),
    ],
    blocks: [
      {
        kind: 'button',
        label: say({ en: 'Confirm address', de: 'Adresse bestätigen' }),
        url: links.verifyEmail(shop, say, link?.token ?? ''),
      },
      {
        kind: 'hint',
        text: say({
          en: `The link works until ${until(link, say)}. If you did not open an account, you need not do anything.`,
          de: `Der Link gilt bis ${until(link, say)}. Wenn Sie kein Konto eröffnet haben, brauchen Sie nichts zu tun.`,
        }),
      },
    ],
    variables: shopVariables(shop, name),
  }),
  sampleAccount(sampleLink, true),
)

export const passwordReset = accountMail<Link>()(
  'password-reset',
  'Somebody forgot a password.',
  { needsLink: true },
  ({ shop, name, link }, say) => ({
    subject: say({ en: 'Choose a new password', de: 'Neues Passwort wählen' }),
    preheader: say({ en: 'The link to a new password.', de: 'Der Link zu einem neuen Passwort.' }),
    heading: say({ en: 'A new password', de: 'Ein neues Passwort' }),
    intro: [
      greeting(name, say),
      say({
        en: `Somebody, probably you, asked for a new password for your account at ${shop.name}.`,
        de: `jemand, vermutlich Sie, hat ein neues Passwort für Ihr Konto bei ${shop.name} angefordert.`,
      }),
    ],
    blocks: [
      {
        kind: 'button',
        label: say({ en: 'Choose a password', de: 'Passwort wählen' }),
        url: links.resetPassword(shop, say, link?.token ?? ''),
      },
      {
        kind: 'hint',
        text: say({
          en: `Passkeys and other sign-ins of the account are taken away with the old password; add yours again afterwards.`,
          de: `Passkeys und andere Anmeldungen des Kontos verschwinden mit dem alten Passwort; fügen Sie Ihre danach wieder hinzu.`,
        }),
      },
      {
        kind: 'hint',
        text: say({
          en: `The link works once, until ${until(link, say)}. If it was not you, ignore this mail: your password stays as it is. We shall never ask you for it.`,
          de: `Der Link gilt einmal, bis ${until(link, say)}. Wenn Sie es nicht waren, ignorieren Sie diese Mail: Ihr Passwort bleibt, wie es ist. Wir werden Sie nie danach fragen.`,
        }),
      },
    ],
    variables: shopVariables(shop, name),
  }),
  sampleAccount(sampleLink, true),
)

export const abandonedCart = accountMail<{ lines: number }>()(
  'abandoned-cart',
  'A filled basket was left alone. Advertising: only with consent.',
  { marketing: true },
  ({ shop, name, data }, say) => ({
    subject: say({ en: 'Your basket is waiting', de: 'Ihr Warenkorb wartet' }),
    preheader: say({
      en: data.lines === 1 ? 'There is still something in it.' : `There are still ${say.count(data.lines)} things in it.`,
      de: data.lines === 1 ? 'Es liegt noch etwas darin.' : `Es liegen noch ${say.count(data.lines)} Dinge darin.`,
    }),
    heading: say({ en: 'Still undecided?', de: 'Noch unentschlossen?' }),
    intro: [
      greeting(name, say),
      say({
        en: `You left something in your basket at ${shop.name}. We have kept it for you, though we cannot promise that everything stays in stock.`,
        de: `in Ihrem Warenkorb bei ${shop.name} liegt noch etwas. Wir haben ihn aufgehoben, können aber nicht versprechen, dass alles auf Lager bleibt.`,
      }),
    ],
    blocks: [{ kind: 'button', label: say({ en: 'To the basket', de: 'Zum Warenkorb' }), url: links.cart(shop, say) }],
    variables: { ...shopVariables(shop, name), lines: say.count(data.lines) },
  }),
  sampleAccount({ lines: 3 }),
)

function until(link: { expiresAt: Date } | undefined, say: { moment(value: Date): string }): string {
  return link ? say.moment(link.expiresAt) : ''
}
