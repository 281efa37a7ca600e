// Passkeys. A form with data-passkey ("create" or "get") asks the device for one, and sends on what it answers.
// Such forms are hidden, and data-passkey-missing says so, until here it is known that the browser has passkeys: without this script nothing is offered that fails.
const bytes = (text) => Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (c) => c.charCodeAt(0))
const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')

function question(json) {
  const asked = JSON.parse(json)
  asked.challenge = bytes(asked.challenge)
  if (asked.user) asked.user.id = bytes(asked.user.id)
  for (const list of ['excludeCredentials', 'allowCredentials']) asked[list] = (asked[list] ?? []).map((key) => ({ ...key, id: bytes(key.id) }))
  return { publicKey: asked }
}

function answer(key) {
  const response = {}
  for (const part of ['clientDataJSON', 'attestationObject', 'authenticatorData', 'signature', 'userHandle']) {
    if (key.response[part]) response[part] = text(key.response[part])
  }
  if (key.response.getTransports) response.transports = key.response.getTransports()
  return JSON.stringify({ id: key.id, rawId: text(key.rawId), type: key.type, clientExtensionResults: key.getClientExtensionResults(), response })
}

for (const form of document.querySelectorAll('form[data-passkey]')) {
  const place = form.closest('[data-passkey-place]') ?? form
  if (!window.PublicKeyCredential) continue
  place.hidden = false
  for (const instead of document.querySelectorAll('[data-passkey-missing]')) instead.hidden = true
  form.addEventListener('submit', async (event) => {
    event.preventDefault()
    const failed = form.querySelector('[data-passkey-failed]')
    failed.hidden = true
    try {
      form.elements.answer.value = answer(await navigator.credentials[form.dataset.passkey](question(form.dataset.question)))
      form.submit()
    } catch {
      failed.hidden = false
    }
  })
}
