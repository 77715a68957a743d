// A provider of one client, for tests: `node server.mjs PORT LOGOUT`, where LOGOUT is the address that
// is told of the end of a session. Whoever signs in under a name has the
// address of that name at ap-hm.fr.
import { Provider } from "oidc-provider";

const [port, logout] = process.argv.slice(2);
const issuer = `http://127.0.0.1:${port}`;
const provider = new Provider(issuer, {
  clients: [{
    client_id: "exchange",
    client_secret: "a-secret-of-the-client",
    redirect_uris: ["http://localhost/sign-in/openid/back"],
    post_logout_redirect_uris: ["http://localhost/sign-in"],
    backchannel_logout_uri: logout,
    backchannel_logout_session_required: true,
  }],
  features: { backchannelLogout: { enabled: true } },
  // Its own guard refuses to call this machine, where the tests are.
  fetch: (url, { dispatcher: _guard, ...options }) => fetch(url, options),
  claims: { openid: ["sub"], email: ["email", "email_verified"], profile: ["name"] },
  pkce: { required: () => true },
  async findAccount(_context, id) {
    return {
      accountId: id,
      async claims() {
        return { sub: id, email: `${id}@ap-hm.fr`, email_verified: true, name: "Claire Martel" };
      },
    };
  },
});
provider.listen(Number(port), "127.0.0.1", () => console.log("ready"));
