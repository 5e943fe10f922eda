// Pieces of an upload, and how far it is. Both answer {status, body, isLoggedOut} and never throw.

function ask(method, address, data, headers, { onUpload, signal } = {}) {
  return new Promise((resolve) => {
    const request = new XMLHttpRequest();
    request.open(method, address);
    request.setRequestHeader("Accept", "application/json");
    Object.entries(headers).forEach(([name, value]) => request.setRequestHeader(name, value));
    request.responseType = "json";
    if (onUpload) request.upload.addEventListener("progress", (event) => onUpload(event.loaded));
    const answer = () => resolve({
      status: request.status,
      body: request.response,
      isLoggedOut: request.responseURL.includes("/accounts/login/"),
    });
    ["load", "error", "abort"].forEach((name) => request.addEventListener(name, answer));
    signal?.addEventListener("abort", () => request.abort());
    request.send(data);
  });
}

export function sendPiece(address, offset, piece, { method = "PATCH", ...options } = {}) {
  const token = document.querySelector("[name=csrfmiddlewaretoken]").value;
  const headers = { "X-CSRFToken": token, "Upload-Offset": offset, "Content-Type": "application/offset+octet-stream" };
  return ask(method, address, piece, headers, options);
}

export function askOffset(address) {
  return ask("GET", address, null, {});
}
