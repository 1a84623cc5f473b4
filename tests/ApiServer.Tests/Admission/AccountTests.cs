using System.Text.Json.Nodes;
using Slipway.ApiServer.Admission.Accounts;

namespace Slipway.ApiServer.Tests.Admission;

public sealed class AccountTests
{
    private const string Mount = """{"name":"kube-api-access-x","readOnly":true,"mountPath":"/var/run/secrets/kubernetes.io/serviceaccount"}""";

    [Fact]
    public void Pods_without_an_account_get_the_default_one()
    {
        var pod = Pod("{}");
        Assert.Equal("default", AccountRules.NameOf(pod));
        AssertSame("""{"serviceAccountName":"default","serviceAccount":"default"}""", pod["spec"]);
        Assert.Equal("own", AccountRules.NameOf(Pod("""{"serviceAccountName":"own"}""")));
    }

    [Fact]
    public void A_token_is_mounted_into_each_container_that_has_nothing_there()
    {
        var pod = Pod("""{"initContainers":[{"name":"i"}],"containers":[{"name":"a"},{"name":"b","volumeMounts":[{"name":"v","mountPath":"/var/run/secrets/kubernetes.io/serviceaccount"}]}]}""");
        AccountRules.Complete(pod, Account(), () => "kube-api-access-x");
        AssertSame($"[{Mount}]", pod["spec"]!["initContainers"]![0]!["volumeMounts"]);
        AssertSame($"[{Mount}]", pod["spec"]!["containers"]![0]!["volumeMounts"]);
        Assert.Single(pod["spec"]!["containers"]![1]!["volumeMounts"]!.AsArray());
        AssertSame("""
            [{"name":"kube-api-access-x","projected":{"sources":[
              {"serviceAccountToken":{"expirationSeconds":3607,"path":"token"}},
              {"configMap":{"name":"kube-root-ca.crt","items":[{"key":"ca.crt","path":"ca.crt"}]}},
              {"downwardAPI":{"items":[{"path":"namespace","fieldRef":{"apiVersion":"v1","fieldPath":"metadata.namespace"}}]}}],"defaultMode":420}}]
            """, pod["spec"]!["volumes"]);
    }

    [Theory]
    [InlineData("{}", true, true, true)]
    [InlineData("{}", false, true, false)]
    [InlineData("""{"automountServiceAccountToken":false}""", true, true, false)]
    [InlineData("""{"automountServiceAccountToken":true}""", false, true, true)]
    [InlineData("{}", true, false, false)]
    public void Pod_account_and_server_say_whether_there_is_a_token(string extra, bool ofAccount, bool ofServer, bool expected)
    {
        var pod = Pod(extra);
        pod["spec"]!["containers"] = new JsonArray(new JsonObject { ["name"] = "a" });
        AccountRules.Complete(pod, Account() with { MountsToken = ofAccount }, ofServer ? () => "kube-api-access-x" : null);
        Assert.Equal(expected, pod["spec"]!["volumes"] is not null);
    }

    [Fact]
    public void A_token_that_the_pod_already_has_is_used()
    {
        var pod = Pod("""{"containers":[{"name":"a"}],"volumes":[{"name":"kube-api-access-old"}]}""");
        AccountRules.Complete(pod, Account(), () => "kube-api-access-x");
        Assert.Equal("kube-api-access-old", pod["spec"]!["containers"]![0]!["volumeMounts"]![0]!["name"]!.ToString());
        Assert.Single(pod["spec"]!["volumes"]!.AsArray());
    }

    [Theory]
    [InlineData("{}", """[{"name":"registry"}]""")]
    [InlineData("""{"imagePullSecrets":[{"name":"own"}]}""", """[{"name":"own"}]""")]
    public void Secrets_of_registries_come_from_the_account(string spec, string expected)
    {
        var pod = Pod(spec);
        AccountRules.Complete(pod, Account() with { PullSecrets = ["registry"] }, null);
        AssertSame(expected, pod["spec"]!["imagePullSecrets"]);
    }

    [Theory]
    [InlineData("""{"volumes":[{"name":"v","secret":{"secretName":"other"}}]}""",
        "volume with secret.secretName=\"other\" is not allowed because service account acc does not reference that secret")]
    [InlineData("""{"volumes":[{"name":"v","secret":{"secretName":"mine"}}]}""", null)]
    [InlineData("""{"containers":[{"name":"c","env":[{"name":"E","valueFrom":{"secretKeyRef":{"name":"other","key":"k"}}}]}]}""",
        "container c with envVar E referencing secret.secretName=\"other\" is not allowed because service account acc does not reference that secret")]
    [InlineData("""{"imagePullSecrets":[{"name":"other"}]}""", "imagePullSecrets[0].name=\"other\" is not allowed because service account acc does not reference that imagePullSecret")]
    public void An_account_may_restrict_secrets(string spec, string? expected)
    {
        var account = AccountView.Read(JsonNode.Parse("""{"metadata":{"name":"acc","annotations":{"kubernetes.io/enforce-mountable-secrets":"true"}},"secrets":[{"name":"mine"}]}""")!.AsObject());
        Assert.Equal(expected, AccountRules.SecretsFault(Pod(spec), account));
        Assert.Null(AccountRules.SecretsFault(Pod(spec), account with { RestrictsSecrets = false }));
    }

    [Theory]
    [InlineData("""{"serviceAccountName":"a"}""", "a mirror pod may not reference service accounts")]
    [InlineData("""{"volumes":[{"name":"v","secret":{"secretName":"s"}}]}""", "a mirror pod may not reference secrets")]
    [InlineData("{}", null)]
    public void Mirror_pods_have_no_account(string spec, string? expected) => Assert.Equal(expected, AccountRules.MirrorFault(Pod(spec)));

    [Fact]
    public async Task The_account_must_exist_and_the_default_one_may_come_a_little_later()
    {
        await using var api = await TestApi.StartAsync(new() { ServiceAccounts = true });
        var refused = (await api.PostAsync(Samples.Pods, Samples.Pod("p", ",\"serviceAccountName\":\"none\""))).Expect(403);
        Assert.Equal("pods \"p\" is forbidden: error looking up service account default/none: serviceaccount \"none\" not found", refused["message"]);

        var pending = api.PostAsync(Samples.Pods, Samples.Pod("q"));
        (await api.PostAsync("/api/v1/namespaces/default/serviceaccounts", """{"apiVersion":"v1","kind":"ServiceAccount","metadata":{"name":"default"}}""")).Expect(201);
        Assert.Equal("default", (await pending).Expect(201)["spec.serviceAccountName"]);
    }

    private static AccountView Account() => new("acc", null, [], [], false);

    private static JsonObject Pod(string spec) => JsonNode.Parse($$$$"""{"metadata":{"name":"p"},"spec":{{{{spec}}}}}""")!.AsObject();

    private static void AssertSame(string expected, JsonNode? actual) => Assert.True(JsonNode.DeepEquals(JsonNode.Parse(expected), actual), actual?.ToJsonString());
}
