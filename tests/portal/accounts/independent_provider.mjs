// An OpenID provider that shares no code with ours; prints its issuer once it listens.
import { createServer } from "node:http";
import { Provider } from "oidc-provider";

const server = createServer();
server.listen(0, "127.0.0.1", () => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: "sluice",
        client_secret: "secret-of-the-tests-that-is-long-enough",
        redirect_uris: ["http://localhost:8000/sign-in/okta/callback/"],
        grant_types: ["authorization_code"],
        response_types: ["code"],
      },
    ],
    scopes: ["openid", "profile", "email", "groups"],
    claims: {
      openid: ["sub", "auth_time"],
      profile: ["given_name", "family_name", "preferred_username"],
      email: ["email", "email_verified"],
      groups: ["groups"],
    },
    conformIdTokenClaims: false,
    pkce: { required: () => true },
    cookies: { keys: ["of the tests"] },
    features: { devInteractions: { enabled: true } },
    findAccount: (_context, id) => ({
      accountId: id,
      claims: async () => ({
        sub: id,
        given_name: "Ines",
        family_name: "Ferreira",
        preferred_username: `${id}@acme.example`,
        email: `${id}@acme.example`,
        email_verified: true,
        groups: id === "nobody" ? [] : ["sluice-approvers"],
      }),
    }),
  });
  server.on("request", provider.callback());
  process.stdout.write(`issuer ${issuer}\n`);
});
