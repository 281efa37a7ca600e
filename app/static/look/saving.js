// A save that waited for the one before it goes out with what that one has left in the form (the version that was seen).
document.addEventListener('htmx:before:request', (event) => {
  const { sourceElement, request } = event.detail.ctx
  const form = sourceElement.closest('form')
  if (!form || typeof request.body?.set !== 'function') return
  for (const kept of form.querySelectorAll('#seen-version, #was input')) request.body.set(kept.name, kept.value)
})
