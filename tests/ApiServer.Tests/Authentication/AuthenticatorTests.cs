using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging.Abstractions;
using Slipway.Api;
using Slipway.ApiServer.Authentication;
using Slipway.ApiServer.Authorization;
using Slipway.ApiServer.Authorization.Nodes;
using Slipway.ApiServer.Authorization.Rbac;
using Slipway.ApiServer.Caching;
using Slipway.Storage;

namespace Slipway.ApiServer.Tests.Authentication;

public sealed class AuthenticatorTests
{
    private static readonly CacheFeed Feed = new(new MemoryStore(), TimeProvider.System, NullLogger.Instance);
    private static readonly UserInfo Certified = new("certified", [UserInfo.Authenticated]);

    [Theory]
    [InlineData(null, null, "/livez", "system:anonymous")]
    [InlineData(null, null, "/readyz/informer-sync", "system:anonymous")]
    [InlineData(null, null, "/healthz", "system:anonymous")]
    [InlineData(null, null, "/livezzz", null)]
    [InlineData(null, null, "/version", null)]
    [InlineData(null, null, "/api", null)]
    [InlineData(null, null, "/openid/v1/jwks", null)]
    [InlineData(null, null, "/api/v1/namespaces/livez", null)]
    [InlineData(null, "Bearer nonsense", "/livez", null)]
    [InlineData(null, "Basic YTpi", "/livez", null)]
    [InlineData(null, "", "/livez", null)]
    [InlineData("certificate", null, "/api", "certified")]
    [InlineData("certificate", "Bearer nonsense", "/api", "certified")]
    public async Task Strangers_see_the_servers_health_alone(string? certificate, string? authorization, string path, string? user)
    {
        var tokens = new ServiceAccountTokens(new TokenOptions(), new BoundObjects(Feed), TimeProvider.System);
        var found = await new Authenticator(tokens).AuthenticateAsync(certificate is null ? null : Certified, authorization is null ? default : new(authorization), path, TestContext.Current.CancellationToken);
        Assert.Equal(user, found?.Name);
    }

    [Theory]
    [InlineData("v5.channel.k8s.io", null)]
    [InlineData("base64url.bearer.authorization.k8s.io.dG9rZW4, v5.channel.k8s.io", "token|v5.channel.k8s.io")]
    [InlineData("v5.channel.k8s.io,base64url.bearer.authorization.k8s.io.dG9rZW4,v4.channel.k8s.io", "token|v5.channel.k8s.io,v4.channel.k8s.io")]
    [InlineData("base64url.bearer.authorization.k8s.io.dG9rZW4", "|")]
    [InlineData("base64url.bearer.authorization.k8s.io.dG9rZW4,base64url.bearer.authorization.k8s.io.dG9rZW4,a", "|a")]
    [InlineData("base64url.bearer.authorization.k8s.io.dG9rZQ==,a", "|a")]
    [InlineData("base64url.bearer.authorization.k8s.io.!,a", "|a")]
    [InlineData("base64url.bearer.authorization.k8s.io._w,a", "|a")]
    public void A_WebSocket_may_bring_a_token_among_its_subprotocols(string protocols, string? expected) =>
        Assert.Equal(expected, WebSocketBearer.Among(protocols) is { } found ? $"{found.Token}|{found.Others}" : null);

    [Theory]
    [InlineData("Impersonate-User=jane", "jane|system:authenticated||")]
    [InlineData("Impersonate-User=jane;Impersonate-Group=a,b", "jane|a b system:authenticated||")]
    [InlineData("Impersonate-User=system:anonymous", "system:anonymous|system:unauthenticated||")]
    [InlineData("Impersonate-User=system:serviceaccount:ns:robot", "system:serviceaccount:ns:robot|system:serviceaccounts system:serviceaccounts:ns system:authenticated||")]
    [InlineData("Impersonate-User=jane;Impersonate-Uid=42;Impersonate-Extra-Example.com%2fTeam=blue,red", "jane|system:authenticated|42|example.com/team=blue,red")]
    [InlineData("Impersonate-Group=a", "400")]
    [InlineData("Impersonate-Uid=42", "400")]
    [InlineData("Impersonate-Extra-x=y", "400")]
    public void Headers_name_whom_one_acts_as(string headers, string expected)
    {
        var caller = new UserInfo("boss", [UserInfo.Masters]);
        if (expected == "400")
        {
            Assert.Equal(400, Assert.Throws<ApiException>(() => Impersonation.Apply(caller, Headers(headers), Authorizer())).Code);
            return;
        }
        var user = Impersonation.Apply(caller, Headers(headers), Authorizer());
        Assert.Equal(expected, $"{user.Name}|{string.Join(' ', user.Groups)}|{user.Uid}|{string.Join(' ', user.Extra.Select(e => $"{e.Key}={string.Join(',', e.Value)}"))}");
        Assert.Same(caller, user.Impersonator);
    }

    [Theory]
    [InlineData("Impersonate-User=jane", "users \"jane\" is forbidden: User \"low\" cannot impersonate resource \"users\" in API group \"\" at the cluster scope")]
    [InlineData("Impersonate-User=system:serviceaccount:ns:robot", "serviceaccounts \"robot\" is forbidden: User \"low\" cannot impersonate resource \"serviceaccounts\" in API group \"\" in the namespace \"ns\"")]
    public void Who_may_not_act_as_another_is_told_so(string headers, string message)
    {
        var refused = Assert.Throws<ApiException>(() => Impersonation.Apply(new UserInfo("low", [UserInfo.Authenticated]), Headers(headers), Authorizer()));
        Assert.Equal((403, message), (refused.Code, refused.Message));
    }

    private static Authorizer Authorizer() => new(new NodeAuthorizer((_, _, _, _) => false, []), new NamedSecrets(Feed, flows: false), null, new PolicyIndex(Feed));

    private static HeaderDictionary Headers(string text)
    {
        var headers = new HeaderDictionary();
        foreach (var header in text.Split(';').Select(h => h.Split('=', 2))) headers[header[0]] = header[1].Split(',');
        return headers;
    }
}
