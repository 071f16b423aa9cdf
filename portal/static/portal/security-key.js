// Asks a security key what the form names in data-key-options, and sends the form with the answer.
(() => {
  "use strict";
  const form = document.querySelector("form[data-key-options]");
  const button = form?.querySelector("[data-key-button]");
  if (!button || !window.PublicKeyCredential?.parseCreationOptionsFromJSON) return;
  const says = form.querySelector("[data-key-says]");
  const { keyOptions, keyKind } = form.dataset;
  const options = JSON.parse(keyOptions).publicKey;

  const ask = () => {
    if (keyKind === "create") {
      const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(options);
      return navigator.credentials.create({ publicKey });
    }
    const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(options);
    return navigator.credentials.get({ publicKey });
  };

  button.addEventListener("click", async () => {
    says.textContent = "Touch your key.";
    try {
      const answer = await ask();
      form.elements.credential.value = JSON.stringify(answer.toJSON());
      form.submit();
    } catch {
      says.textContent = "The key did not answer. Try again, or type a code.";
    }
  });
  says.textContent = "";
  button.hidden = false;
})();
