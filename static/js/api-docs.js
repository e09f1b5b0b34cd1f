// The API's page to try things out: signed in, a call needs the CSRF token beside the cookie.
const root = document.getElementById("swagger-ui");
const csrf = () => document.cookie.match(/(?:^|; )csrftoken=([^;]+)/)?.[1];

window.SwaggerUIBundle({
  url: root.dataset.schema,
  domNode: root,
  deepLinking: true,
  persistAuthorization: false,
  presets: [window.SwaggerUIBundle.presets.apis],
  requestInterceptor: (request) => {
    const token = csrf();
    if (token && !["GET", "HEAD", "OPTIONS"].includes(request.method)) request.headers["X-CSRFToken"] = token;
    return request;
  },
});
