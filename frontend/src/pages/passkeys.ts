// Passkeys (W3C Web Authentication): a form with data-passkey asks the device, then sends what it answered.
//   add    makes one, from the options in #passkey-options
//   use    proves that one is here, from the options in #passkey-options
//   login  the same for whoever it is: the options come from the form's own address

type Json = Record<string, any>;

const supported = typeof window.PublicKeyCredential === "function";

for (const form of document.querySelectorAll<HTMLFormElement>("form[data-passkey]")) {
  if (!supported) continue;
  form.hidden = false;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const said = form.querySelector("[data-said]") as HTMLElement;
    said.hidden = true;
    try {
      (form.elements.namedItem("credential") as HTMLInputElement).value = JSON.stringify(await answer(form));
    } catch (error) {
      // A person who closes the device's dialog is no mistake of the page; whatever it was, the page says what to do.
      console.info("passkey:", error);
      said.textContent = form.dataset.refused ?? String(error);
      said.hidden = false;
      return;
    }
    form.submit();
  });
}

async function answer(form: HTMLFormElement): Promise<Json> {
  if (form.dataset.passkey === "add") {
    const alone = form.elements.namedItem("passwordless") as HTMLInputElement | null;
    return registration(await navigator.credentials.create(creation(given().creation_options, alone?.checked ?? false)));
  }
  if (form.dataset.passkey === "use") return assertion(await navigator.credentials.get(request(given().request_options)));
  const response = await fetch(form.action, { headers: { Accept: "application/json" } });
  if (!response.ok) throw new Error(`${response.status}`);
  return assertion(await navigator.credentials.get(request((await response.json()).request_options)));
}

function given(): Json {
  return JSON.parse(document.getElementById("passkey-options")?.textContent ?? "{}");
}

function creation(options: Json, alone: boolean): CredentialCreationOptions {
  const key = options.publicKey;
  return {
    publicKey: {
      ...key,
      challenge: bytes(key.challenge),
      user: { ...key.user, id: bytes(key.user.id) },
      excludeCredentials: known(key.excludeCredentials),
      authenticatorSelection: {
        ...key.authenticatorSelection,
        residentKey: alone ? "required" : "discouraged",
        requireResidentKey: alone,
        ...(alone ? { userVerification: "required" } : {}),
      },
    },
  };
}

function request(options: Json): CredentialRequestOptions {
  const key = options.publicKey;
  return { publicKey: { ...key, challenge: bytes(key.challenge), allowCredentials: known(key.allowCredentials) } };
}

function known(credentials: Json[] | undefined): PublicKeyCredentialDescriptor[] {
  return (credentials ?? []).map((one) => ({ ...one, id: bytes(one.id) })) as PublicKeyCredentialDescriptor[];
}

function registration(credential: Credential | null): Json {
  const key = credential as PublicKeyCredential;
  const response = key.response as AuthenticatorAttestationResponse;
  return {
    ...common(key),
    response: {
      clientDataJSON: text(response.clientDataJSON),
      attestationObject: text(response.attestationObject),
      transports: response.getTransports?.() ?? [],
    },
  };
}

function assertion(credential: Credential | null): Json {
  const key = credential as PublicKeyCredential;
  const response = key.response as AuthenticatorAssertionResponse;
  return {
    ...common(key),
    response: {
      clientDataJSON: text(response.clientDataJSON),
      authenticatorData: text(response.authenticatorData),
      signature: text(response.signature),
      userHandle: response.userHandle ? text(response.userHandle) : null,
    },
  };
}

function common(key: PublicKeyCredential): Json {
  return {
    type: key.type,
    id: key.id,
    rawId: text(key.rawId),
    authenticatorAttachment: key.authenticatorAttachment,
    clientExtensionResults: key.getClientExtensionResults(),
  };
}

/** base64url (RFC 4648, section 5) to bytes and back. */
function bytes(encoded: string): ArrayBuffer {
  const plain = atob(encoded.replace(/-/g, "+").replace(/_/g, "/"));
  return Uint8Array.from(plain, (character) => character.charCodeAt(0)).buffer as ArrayBuffer;
}

function text(buffer: ArrayBuffer): string {
  const plain = String.fromCharCode(...new Uint8Array(buffer));
  return btoa(plain).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}

export {};
