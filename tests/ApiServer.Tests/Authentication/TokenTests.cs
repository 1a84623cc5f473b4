using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Time.Testing;
using Slipway.ApiServer.Authentication;
using Slipway.Storage;

namespace Slipway.ApiServer.Tests.Authentication;

public sealed class TokenTests
{
    private const string Accounts = "/api/v1/namespaces/default/serviceaccounts";
    private const string Reviews = "/apis/authentication.k8s.io/v1/tokenreviews";
    private static readonly DateTimeOffset Now = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task A_token_says_what_Kubernetes_tokens_say()
    {
        await using var api = await StartAsync();
        var answer = (await RequestAsync(api, "{}")).Expect(201);
        Assert.Equal("TokenRequest authentication.k8s.io/v1 builder", $"{answer["kind"]} {answer["apiVersion"]} {answer["metadata.name"]}");
        Assert.Equal("2030-01-01T01:00:00Z", answer["status.expirationTimestamp"]);
        var claims = ClaimsOf(answer["status.token"]!);
        Assert.Equal("https://kubernetes.default.svc.cluster.local", claims["iss"]!.ToString());
        Assert.Equal("https://kubernetes.default.svc.cluster.local", claims["aud"]![0]!.ToString());
        Assert.Equal("system:serviceaccount:default:builder", claims["sub"]!.ToString());
        Assert.Equal(Now.ToUnixTimeSeconds() + 3600, claims["exp"]!.GetValue<long>());
        Assert.Equal(Now.ToUnixTimeSeconds(), claims["iat"]!.GetValue<long>());
        Assert.Equal("default", claims["kubernetes.io"]!["namespace"]!.ToString());
        Assert.Equal("builder", claims["kubernetes.io"]!["serviceaccount"]!["name"]!.ToString());
        Assert.Equal(36, claims["jti"]!.ToString().Length);
    }

    [Fact]
    public async Task A_token_is_recognized_with_all_that_it_tells()
    {
        await using var api = await StartAsync();
        await api.PostAsync("/api/v1/nodes", """{"apiVersion":"v1","kind":"Node","metadata":{"name":"n1"}}""");
        await PostPodAsync(api, "p", "builder");
        var token = (await RequestAsync(api, """{"spec":{"boundObjectRef":{"apiVersion":"v1","kind":"Pod","name":"p"}}}""")).Expect(201)["status.token"]!;
        var review = await ReviewAsync(api, token);
        Assert.Equal("true", review["status.authenticated"]);
        Assert.Equal("system:serviceaccount:default:builder", review["status.user.username"]);
        Assert.Equal(["system:serviceaccounts", "system:serviceaccounts:default", "system:authenticated"], review.Json["status"]!["user"]!["groups"]!.AsArray().Select(g => g!.ToString()));
        var extra = review.Json["status"]!["user"]!["extra"]!.AsObject();
        Assert.Equal("p", extra[ExtraKeys.PodName]![0]!.ToString());
        Assert.Equal("n1", extra[ExtraKeys.NodeName]![0]!.ToString());
        Assert.StartsWith("JTI=", extra[ExtraKeys.Credential]![0]!.ToString(), StringComparison.Ordinal);
        Assert.Equal((await api.GetAsync($"{Accounts}/builder"))["metadata.uid"], review["status.user.uid"]);
    }

    [Theory]
    [InlineData("""["https://kubernetes.default.svc.cluster.local"]""", "true", null)]
    [InlineData("""["vault"]""", null, "token audiences [\"https://kubernetes.default.svc.cluster.local\"] is invalid for the target audiences [\"vault\"]")]
    public async Task A_token_is_good_for_its_audiences_alone(string audiences, string? authenticated, string? error)
    {
        await using var api = await StartAsync();
        var token = (await RequestAsync(api, "{}"))["status.token"]!;
        var review = (await api.PostAsync(Reviews, $$$$"""{"apiVersion":"authentication.k8s.io/v1","kind":"TokenReview","spec":{"token":"{{{{token}}}}","audiences":{{{{audiences}}}}}}""")).Expect(201);
        Assert.Equal(authenticated, review["status.authenticated"]);
        Assert.Equal(error, review["status.error"]);
    }

    [Fact]
    public async Task A_token_ends_when_it_says_and_with_what_it_is_bound_to()
    {
        var clock = new FakeTimeProvider(Now);
        await using var api = await StartAsync(clock: clock);
        await PostPodAsync(api, "p", "builder");
        await api.PostAsync("/api/v1/namespaces/default/secrets", """{"apiVersion":"v1","kind":"Secret","metadata":{"name":"s"}}""");
        var plain = (await RequestAsync(api, """{"spec":{"expirationSeconds":600}}"""))["status.token"]!;
        var ofPod = await BoundAsync("Pod", "p");
        var ofSecret = await BoundAsync("Secret", "s");
        foreach (var token in (string[])[plain, ofPod, ofSecret]) Assert.Equal("true", (await ReviewAsync(api, token))["status.authenticated"]);

        (await api.DeleteAsync("/api/v1/namespaces/default/pods/p", """{"gracePeriodSeconds":0}""")).Expect(200);
        await CatchUpAsync();
        Assert.Equal("service account token has been invalidated", (await ReviewAsync(api, ofPod))["status.error"]);
        await api.DeleteAsync("/api/v1/namespaces/default/secrets/s");
        await api.PostAsync("/api/v1/namespaces/default/secrets", """{"apiVersion":"v1","kind":"Secret","metadata":{"name":"s"}}""");
        await CatchUpAsync();
        Assert.StartsWith("secret UID (", (await ReviewAsync(api, ofSecret))["status.error"], StringComparison.Ordinal);

        clock.Advance(TimeSpan.FromSeconds(659));
        Assert.Equal("true", (await ReviewAsync(api, plain))["status.authenticated"]);
        clock.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal("service account token has expired", (await ReviewAsync(api, plain))["status.error"]);

        var last = (await RequestAsync(api, "{}"))["status.token"]!;
        await api.DeleteAsync($"{Accounts}/builder");
        await CatchUpAsync();
        Assert.Equal("serviceaccounts \"builder\" not found", (await ReviewAsync(api, last))["status.error"]);
        await api.PostAsync(Accounts, """{"apiVersion":"v1","kind":"ServiceAccount","metadata":{"name":"builder"}}""");
        await CatchUpAsync();
        Assert.StartsWith("service account UID (", (await ReviewAsync(api, last))["status.error"], StringComparison.Ordinal);

        // A list is as new as the store, and after it the caches are.
        Task CatchUpAsync() => api.GetAsync(Accounts);

        async Task<string> BoundAsync(string kind, string name) =>
            (await RequestAsync(api, $$$$"""{"spec":{"boundObjectRef":{"apiVersion":"v1","kind":"{{{{kind}}}}","name":"{{{{name}}}}"}}}""")).Expect(201)["status.token"]!;
    }

    [Fact]
    public async Task The_token_that_is_mounted_by_itself_is_good_for_longer_than_it_says()
    {
        await using var api = await StartAsync();
        await PostPodAsync(api, "p", "builder");
        var answer = (await RequestAsync(api, """{"spec":{"expirationSeconds":3607,"boundObjectRef":{"apiVersion":"v1","kind":"Pod","name":"p"}}}""")).Expect(201);
        Assert.Equal("2030-01-01T01:00:07Z", answer["status.expirationTimestamp"]);
        var claims = ClaimsOf(answer["status.token"]!);
        Assert.Equal(Now.ToUnixTimeSeconds() + 365 * 24 * 3600, claims["exp"]!.GetValue<long>());
        Assert.Equal(Now.ToUnixTimeSeconds() + 3607, claims["kubernetes.io"]!["warnafter"]!.GetValue<long>());
    }

    [Fact]
    public async Task A_token_in_a_secret_is_good_for_as_long_as_the_secret()
    {
        const string secrets = "/api/v1/namespaces/default/secrets";
        await using var api = await TestApi.StartAsync(new() { Tokens = new() { RootCertificate = "root" } }, clock: new FakeTimeProvider(Now));
        (await api.PostAsync(Accounts, """{"apiVersion":"v1","kind":"ServiceAccount","metadata":{"name":"builder"}}""")).Expect(201);
        const string secret = """{"apiVersion":"v1","kind":"Secret","metadata":{"name":"kept","annotations":{"kubernetes.io/service-account.name":"builder"}},"type":"kubernetes.io/service-account-token"}""";
        var made = (await api.PostAsync(secrets, secret)).Expect(201);
        Assert.Equal("default root", $"{Text("namespace")} {Text("ca.crt")}");
        Assert.Equal((await api.GetAsync($"{Accounts}/builder"))["metadata.uid"], made.Json["metadata"]!["annotations"]!["kubernetes.io/service-account.uid"]!.ToString());
        var review = await ReviewAsync(api, Text("token"));
        Assert.Equal("system:serviceaccount:default:builder", review["status.user.username"]);

        (await api.DeleteAsync($"{secrets}/kept")).Expect(200);
        await api.GetAsync(secrets);
        Assert.Equal("service account token has been invalidated", (await ReviewAsync(api, Text("token")))["status.error"]);
        // One that is made again holds the same claims, and by them another token.
        (await api.PostAsync(secrets, secret)).Expect(201);
        Assert.Equal("service account token has been invalidated", (await ReviewAsync(api, Text("token")))["status.error"]);

        string Text(string key) => Encoding.UTF8.GetString(Convert.FromBase64String(made.Json["data"]![key]!.ToString()));
    }

    [Theory]
    [InlineData("builder", """{"spec":{"expirationSeconds":60}}""", 422, "TokenRequest.authentication.k8s.io \"\" is invalid: spec.expirationSeconds: Invalid value: 60: may not specify a duration less than 10 minutes")]
    [InlineData("builder", """{"spec":{"expirationSeconds":4294967297}}""", 422, "may not specify a duration larger than 2^32 seconds")]
    [InlineData("nobody", "{}", 404, "serviceaccounts \"nobody\" not found")]
    [InlineData("builder", """{"metadata":{"name":"other"}}""", 422, "metadata.name: Invalid value: \"other\": must match the service account name if specified")]
    [InlineData("builder", """{"spec":{"boundObjectRef":{"apiVersion":"apps/v1","kind":"Deployment","name":"d"}}}""", 400, "cannot bind token to object of type apps/v1, Kind=Deployment")]
    [InlineData("builder", """{"spec":{"boundObjectRef":{"apiVersion":"v1","kind":"Pod","name":"none"}}}""", 404, "pods \"none\" not found")]
    [InlineData("builder", """{"spec":{"boundObjectRef":{"apiVersion":"v1","kind":"Pod","name":"foreign"}}}""", 400, "cannot bind token for serviceaccount \"builder\" to pod running with serviceaccount \"other\"")]
    [InlineData("builder", """{"spec":{"boundObjectRef":{"apiVersion":"v1","kind":"Pod","name":"own","uid":"x"}}}""", 409, "the UID in the bound object reference (x) does not match the UID in record")]
    public async Task A_request_that_cannot_be_met_is_refused(string account, string body, int code, string message)
    {
        await using var api = await StartAsync();
        await PostPodAsync(api, "foreign", "other");
        await PostPodAsync(api, "own", "builder");
        Assert.Contains(message, (await api.PostAsync($"{Accounts}/{account}/token", body)).Expect(code)["message"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_node_gets_tokens_for_its_own_pods_alone()
    {
        await using var api = await StartAsync();
        await PostPodAsync(api, "p", "builder");
        var uid = (await api.GetAsync("/api/v1/namespaces/default/pods/p"))["metadata.uid"];
        var body = $$$$"""{"spec":{"boundObjectRef":{"apiVersion":"v1","kind":"Pod","name":"p","uid":"{{{{uid}}}}"}}}""";
        (await api.SendAsync("POST", $"{Accounts}/builder/token", body, user: Node("n1"))).Expect(201);
        Assert.Contains("no relationship found between node 'n2' and this object",
            (await api.SendAsync("POST", $"{Accounts}/builder/token", body, user: Node("n2"))).Expect(403)["message"], StringComparison.Ordinal);
        Assert.Contains("node requested token not bound to a pod",
            (await api.SendAsync("POST", $"{Accounts}/builder/token", "{}", user: Node("n1"))).Expect(403)["message"], StringComparison.Ordinal);
    }

    public static TheoryData<string> Forgeries() => new("no token at all", "a.b", "a.b.c.d", "..", "header", "none", "other key", "cut", "changed", "HS256");

    [Theory]
    [MemberData(nameof(Forgeries))]
    public async Task What_this_server_has_not_signed_is_no_token(string forgery)
    {
        await using var api = await StartAsync();
        var parts = ((await RequestAsync(api, "{}"))["status.token"]!).Split('.');
        using var other = TokenKey.Create();
        var token = forgery switch
        {
            "header" => $"{Encode("[]")}.{parts[1]}.{parts[2]}",
            "none" => $"{Encode("""{"alg":"none"}""")}.{parts[1]}.",
            "HS256" => $"{Encode("""{"alg":"HS256"}""")}.{parts[1]}.{parts[2]}",
            "other key" => JsonWebToken.Sign(other, Base64Url.DecodeFromChars(parts[1])),
            "cut" => $"{parts[0]}.{parts[1]}.{parts[2][..^4]}",
            "changed" => $"{parts[0]}.{Encode(Encoding.UTF8.GetString(Base64Url.DecodeFromChars(parts[1])).Replace("builder", "default", StringComparison.Ordinal))}.{parts[2]}",
            _ => forgery,
        };
        var review = await ReviewAsync(api, token);
        Assert.Null(review["status.authenticated"]);
        Assert.Equal("invalid bearer token", review["status.error"]);
    }

    [Fact]
    public async Task Tokens_outlive_a_change_of_keys()
    {
        using var ecdsa = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var rsa = RSA.Create(2048);
        var (old, fresh) = (ecdsa.ExportPkcs8PrivateKeyPem(), rsa.ExportPkcs8PrivateKeyPem());
        var store = new MemoryStore();
        string first;
        await using (var server = new ApiServer(store, new() { Tokens = new() { Keys = Ring(old) } }, new FakeTimeProvider(Now), Microsoft.Extensions.Logging.Abstractions.NullLoggerFactory.Instance))
        {
            await server.StartAsync(TestContext.Current.CancellationToken);
            await SendAsync(server, Accounts, """{"apiVersion":"v1","kind":"ServiceAccount","metadata":{"name":"builder"}}""");
            first = (await SendAsync(server, $"{Accounts}/builder/token", "{}"))["status"]!["token"]!.ToString();
        }
        await using var api = await TestApi.StartAsync(new() { Tokens = new() { Keys = Ring(fresh, old) } }, store, new FakeTimeProvider(Now));
        Assert.Equal("true", (await ReviewAsync(api, first))["status.authenticated"]);
        var second = (await RequestAsync(api, "{}"))["status.token"]!;
        Assert.Contains("RS256", Encoding.UTF8.GetString(Base64Url.DecodeFromChars(second.Split('.')[0])), StringComparison.Ordinal);
        Assert.Equal("true", (await ReviewAsync(api, second))["status.authenticated"]);
        var keys = (await api.GetAsync("/openid/v1/jwks")).Json["keys"]!.AsArray();
        Assert.Equal(["RSA", "EC"], keys.Select(k => k!["kty"]!.ToString()));
    }

    [Fact]
    public async Task Keys_are_replaced_while_the_server_runs()
    {
        using var ecdsa = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var rsa = RSA.Create(2048);
        var (old, fresh) = (ecdsa.ExportPkcs8PrivateKeyPem(), rsa.ExportPkcs8PrivateKeyPem());
        IReadOnlyList<string> keys = [old];
        await using var api = await TestApi.StartAsync(new() { Tokens = new() { Keys = () => keys } }, clock: new FakeTimeProvider(Now));
        (await api.PostAsync(Accounts, """{"apiVersion":"v1","kind":"ServiceAccount","metadata":{"name":"builder"}}""")).Expect(201);
        var first = (await RequestAsync(api, "{}"))["status.token"]!;
        keys = [fresh, old];
        var second = (await RequestAsync(api, "{}"))["status.token"]!;
        Assert.Contains("RS256", Encoding.UTF8.GetString(Base64Url.DecodeFromChars(second.Split('.')[0])), StringComparison.Ordinal);
        Assert.Equal("true", (await ReviewAsync(api, first))["status.authenticated"]);
        Assert.Equal(2, (await api.GetAsync("/openid/v1/jwks")).Json["keys"]!.AsArray().Count);
        keys = [fresh];   // the old one is not trusted any longer
        Assert.Null((await ReviewAsync(api, first))["status.authenticated"]);
        Assert.Equal("true", (await ReviewAsync(api, second))["status.authenticated"]);
    }

    private static Func<IReadOnlyList<string>> Ring(params string[] keys) => () => keys;

    [Fact]
    public async Task Others_can_verify_tokens_with_what_is_published()
    {
        await using var api = await StartAsync();
        var parts = ((await RequestAsync(api, "{}"))["status.token"]!).Split('.');
        var configuration = (await api.GetAsync("/.well-known/openid-configuration")).Expect(200);
        Assert.Equal("https://kubernetes.default.svc.cluster.local", configuration["issuer"]);
        Assert.Equal("https://kubernetes.default.svc.cluster.local/openid/v1/jwks", configuration["jwks_uri"]);
        Assert.Equal("ES256", configuration["id_token_signing_alg_values_supported.0"]);
        var published = (await api.GetAsync("/openid/v1/jwks")).Expect(200);
        Assert.Equal("application/jwk-set+json", published.ContentType);
        var key = published.Json["keys"]![0]!;
        Assert.Equal(key["kid"]!.ToString(), JsonNode.Parse(Base64Url.DecodeFromChars(parts[0]))!["kid"]!.ToString());
        using var ecdsa = ECDsa.Create(new ECParameters
        {
            Curve = ECCurve.NamedCurves.nistP256,
            Q = new ECPoint { X = Base64Url.DecodeFromChars(key["x"]!.ToString()), Y = Base64Url.DecodeFromChars(key["y"]!.ToString()) },
        });
        Assert.True(ecdsa.VerifyData(Encoding.ASCII.GetBytes($"{parts[0]}.{parts[1]}"), Base64Url.DecodeFromChars(parts[2]), HashAlgorithmName.SHA256));
    }

    private static async Task<TestApi> StartAsync(FakeTimeProvider? clock = null)
    {
        var api = await TestApi.StartAsync(clock: clock ?? new FakeTimeProvider(Now));
        foreach (var name in (string[])["builder", "other"])
            (await api.PostAsync(Accounts, $$$"""{"apiVersion":"v1","kind":"ServiceAccount","metadata":{"name":"{{{name}}}"}}""")).Expect(201);
        return api;
    }

    private static Task<Answer> RequestAsync(TestApi api, string body) => api.PostAsync($"{Accounts}/builder/token", body);

    private static async Task<Answer> ReviewAsync(TestApi api, string token) =>
        (await api.PostAsync(Reviews, $$$"""{"apiVersion":"authentication.k8s.io/v1","kind":"TokenReview","spec":{"token":"{{{token}}}"}}""")).Expect(201);

    private static async Task PostPodAsync(TestApi api, string name, string account) =>
        (await api.PostAsync("/api/v1/namespaces/default/pods",
            $$$"""{"apiVersion":"v1","kind":"Pod","metadata":{"name":"{{{name}}}"},"spec":{"serviceAccountName":"{{{account}}}","nodeName":"n1","containers":[{"name":"c","image":"i"}]}}""")).Expect(201);

    private static async Task<JsonNode> SendAsync(ApiServer server, string path, string body)
    {
        await using var response = await server.HandleAsync(TestApi.Admin, new("POST", path) { Body = Encoding.UTF8.GetBytes(body) }, TestContext.Current.CancellationToken);
        Assert.Equal(201, response.StatusCode);
        return JsonNode.Parse(response.Body.Span)!;
    }

    private static UserInfo Node(string name) => new($"system:node:{name}", ["system:nodes", "system:authenticated"]);

    private static JsonObject ClaimsOf(string token) => (JsonObject)JsonNode.Parse(Base64Url.DecodeFromChars(token.Split('.')[1]))!;

    private static string Encode(string text) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(text));
}
