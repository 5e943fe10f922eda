// One POST with upload progress; answers {status, body, retryAfter, isLoggedOut} and never throws.

export function post(url, data, { onUpload, signal, requestId } = {}) {
  return new Promise((resolve) => {
    const request = new XMLHttpRequest();
    request.open("POST", url);
    request.setRequestHeader("Accept", "application/json");
    request.setRequestHeader("X-CSRFToken", document.querySelector("[name=csrfmiddlewaretoken]").value);
    if (requestId) request.setRequestHeader("X-Ticket", requestId);
    request.responseType = "json";
    if (onUpload) {
      request.upload.addEventListener("progress", (event) => {
        if (event.lengthComputable) onUpload(event.loaded / event.total);
      });
      request.upload.addEventListener("load", () => onUpload(1));
    }
    const answer = () => resolve({
      status: request.status,
      body: request.response,
      retryAfter: Number(request.getResponseHeader("Retry-After")) || null,
      isLoggedOut: isLoggedOut(request),
    });
    ["load", "error", "abort"].forEach((name) => request.addEventListener(name, answer));
    signal?.addEventListener("abort", () => request.abort());
    request.send(data);
  });
}

// Redirected to the log-in page; or logged in anew in another tab, after which the server does not take this page's token.
export function isLoggedOut(request) {
  return request.responseURL.includes("/accounts/login/") || (request.status === 403 && !request.response);
}
