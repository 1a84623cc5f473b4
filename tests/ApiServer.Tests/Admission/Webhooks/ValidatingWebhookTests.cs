using System.Text;
using System.Text.Json.Nodes;
using Slipway.Storage;
using Slipway.ApiServer.Tests.Webhooks;

namespace Slipway.ApiServer.Tests.Admission.Webhooks;

public sealed class ValidatingWebhookTests : WebhookTest
{
    [Fact]
    public async Task A_webhook_sees_the_whole_request()
    {
        Hooks.On("look", _ => WebhookServer.Allow());
        await ConfigureAsync("Validating", "look", """{"operations":["*"],"apiGroups":["*"],"apiVersions":["*"],"resources":["configmaps"]}""");
        (await Api.PostAsync($"{Samples.ConfigMaps}?fieldManager=me", Samples.ConfigMap("a", data: "\"k\":\"1\""))).Expect(201);
        var created = LastRequest;
        Assert.Equal("CREATE", created["operation"]!.ToString());
        Assert.Equal("""{"group":"","version":"v1","kind":"ConfigMap"}""", created["kind"]!.ToJsonString());
        Assert.Equal("""{"group":"","version":"v1","resource":"configmaps"}""", created["resource"]!.ToJsonString());
        Assert.Equal(created["kind"]!.ToJsonString(), created["requestKind"]!.ToJsonString());
        Assert.Equal("a", created["name"]!.ToString());
        Assert.Equal("default", created["namespace"]!.ToString());
        Assert.Equal("admin", created["userInfo"]!["username"]!.ToString());
        Assert.Equal("1", created["object"]!["data"]!["k"]!.ToString());
        Assert.NotNull(created["object"]!["metadata"]!["uid"]);
        Assert.Null(created["oldObject"]);
        Assert.False(created["dryRun"]!.GetValue<bool>());
        Assert.Equal("CreateOptions", created["options"]!["kind"]!.ToString());
        Assert.Equal("me", created["options"]!["fieldManager"]!.ToString());

        (await Api.MergeAsync($"{Samples.ConfigMaps}/a", """{"data":{"k":"2"}}""")).Expect(200);
        Assert.Equal("UPDATE", LastRequest["operation"]!.ToString());
        Assert.Equal("2", LastRequest["object"]!["data"]!["k"]!.ToString());
        Assert.Equal("1", LastRequest["oldObject"]!["data"]!["k"]!.ToString());
        Assert.Equal("PatchOptions", LastRequest["options"]!["kind"]!.ToString());

        (await Api.DeleteAsync($"{Samples.ConfigMaps}/a")).Expect(200);
        Assert.Equal("DELETE", LastRequest["operation"]!.ToString());
        Assert.Null(LastRequest["object"]);
        Assert.Equal("2", LastRequest["oldObject"]!["data"]!["k"]!.ToString());
        Assert.Equal("DeleteOptions", LastRequest["options"]!["kind"]!.ToString());
    }

    [Theory]
    [InlineData("""{"allowed":false}""", 400, "", "admission webhook \"deny.example.com\" denied the request without explanation")]
    [InlineData("""{"allowed":false,"status":{"message":"no"}}""", 400, "", "admission webhook \"deny.example.com\" denied the request: no")]
    [InlineData("""{"allowed":false,"status":{"code":403,"reason":"Forbidden","message":"you may not"}}""", 403, "Forbidden", "admission webhook \"deny.example.com\" denied the request: you may not")]
    [InlineData("""{"allowed":false,"status":{"code":200,"reason":"Odd"}}""", 400, "Odd", "admission webhook \"deny.example.com\" denied the request: Odd")]
    public async Task A_refusal_reaches_the_client(string response, int code, string reason, string message)
    {
        Hooks.On("deny", _ => JsonNode.Parse(response)!.AsObject());
        await ConfigureAsync("Validating", "deny");
        var refused = (await CreateAsync("a")).Expect(code);
        Assert.Equal(message, refused["message"]);
        Assert.Equal(reason, refused["reason"] ?? "");
        (await Api.GetAsync($"{Samples.ConfigMaps}/a")).Expect(404);
        Assert.Contains($"apiserver_admission_webhook_rejection_count{{name=\"deny.example.com\",type=\"validating\",operation=\"CREATE\",error_type=\"no_error\",rejection_code=\"{code}\"}} 1",
            (await Api.GetAsync("/metrics")).Expect(200).Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Warnings_are_headers()
    {
        Hooks.On("warn", _ => new JsonObject { ["allowed"] = true, ["warnings"] = new JsonArray("take \"care\"", "and more") });
        await ConfigureAsync("Validating", "warn", """{"operations":["CREATE","DELETE"],"apiGroups":[""],"apiVersions":["v1"],"resources":["configmaps"]}""");
        string[] expected = ["299 - \"take \\\"care\\\"\"", "299 - \"and more\""];
        Assert.Equal(expected, (await CreateAsync("a")).Expect(201).Headers.Where(h => h.Key == "Warning").Select(h => h.Value));
        Assert.Equal(expected, (await Api.DeleteAsync($"{Samples.ConfigMaps}/a")).Expect(200).Headers.Where(h => h.Key == "Warning").Select(h => h.Value));
    }

    [Fact]
    public async Task Warnings_of_a_webhook_that_refuses_are_headers_too()
    {
        Hooks.On("warn", _ => new JsonObject { ["allowed"] = false, ["warnings"] = new JsonArray("take care") });
        await ConfigureAsync("Validating", "warn");
        Assert.Equal(["299 - \"take care\""], (await CreateAsync("a")).Expect(400).Headers.Where(h => h.Key == "Warning").Select(h => h.Value));
    }

    [Fact]
    public async Task Questions_about_rights_are_admitted_as_creations_are()
    {
        const string Question = """{"apiVersion":"authorization.k8s.io/v1","kind":"SelfSubjectAccessReview","spec":{"resourceAttributes":{"verb":"get","resource":"pods","namespace":"default"}}}""";
        const string Reviews = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";
        Hooks.On("ask", review => new JsonObject { ["allowed"] = review["object"]!["spec"]!["resourceAttributes"]!["verb"]!.ToString() != "list" });
        await ConfigureAsync("Validating", "ask", """{"operations":["CREATE"],"apiGroups":["*"],"apiVersions":["*"],"resources":["*"]}""");
        Assert.Equal("true", (await Api.PostAsync(Reviews, Question)).Expect(201)["status.allowed"]);
        Assert.Equal("""{"group":"authorization.k8s.io","version":"v1","kind":"SelfSubjectAccessReview"}""", LastRequest["kind"]!.ToJsonString());
        Assert.Equal("CREATE", LastRequest["operation"]!.ToString());
        (await Api.PostAsync(Reviews, Question.Replace("\"get\"", "\"list\"", StringComparison.Ordinal))).Expect(400);
    }

    [Theory]
    [InlineData("""{"namespaceSelector":{"matchLabels":{"team":"x"}}}""", "", 0)]
    [InlineData("""{"namespaceSelector":{"matchExpressions":[{"key":"kubernetes.io/metadata.name","operator":"In","values":["default"]}]}}""", "", 1)]
    [InlineData("""{"objectSelector":{"matchLabels":{"a":"b"}}}""", "", 0)]
    [InlineData("""{"objectSelector":{"matchLabels":{"a":"b"}}}""", "\"a\":\"b\"", 1)]
    [InlineData("""{"matchConditions":[{"name":"n","expression":"object.metadata.name == 'a'"}]}""", "", 1)]
    [InlineData("""{"matchConditions":[{"name":"n","expression":"request.userInfo.username != 'admin'"}]}""", "", 0)]
    [InlineData("""{"matchConditions":[{"name":"n","expression":"oldObject != null"}]}""", "", 0)]
    public async Task Selectors_and_conditions_choose_requests(string fields, string labels, int calls)
    {
        Hooks.On("choose", _ => WebhookServer.Allow());
        await ConfigureAsync("Validating", "choose", extra: $",{fields[1..^1]}");
        (await CreateAsync("a", labels)).Expect(201);
        Assert.Equal(calls, Hooks.Reviews.Count);
    }

    [Theory]
    [InlineData("Fail", 403)]
    [InlineData("Ignore", 201)]
    public async Task A_condition_that_fails_follows_the_failure_policy(string policy, int code)
    {
        Hooks.On("fail", _ => WebhookServer.Allow());
        await ConfigureAsync("Validating", "fail", extra: $$""","failurePolicy":"{{policy}}","matchConditions":[{"name":"n","expression":"object.data.missing == 'x'"}]""");
        (await CreateAsync("a")).Expect(code);
        Assert.Empty(Hooks.Reviews);
    }

    [Theory]
    [InlineData("None", 201, 1)]
    [InlineData("NoneOnDryRun", 201, 1)]
    [InlineData("Some", 400, 0)]
    public async Task A_dry_run_asks_webhooks_without_side_effects(string sideEffects, int code, int calls)
    {
        Hooks.On("dry", _ => WebhookServer.Allow());
        await ConfigureAsync("Validating", "dry");
        await StoreAsync("\"sideEffects\":\"None\"", $"\"sideEffects\":\"{sideEffects}\"");
        var answer = (await Api.PostAsync($"{Samples.ConfigMaps}?dryRun=All", Samples.ConfigMap("a"))).Expect(code);
        Assert.Equal(calls, Hooks.Reviews.Count);
        if (calls == 0) Assert.Equal("admission webhook \"dry.example.com\" does not support dry run", answer["message"]);
        else Assert.True(LastRequest["dryRun"]!.GetValue<bool>());
        (await Api.GetAsync($"{Samples.ConfigMaps}/a")).Expect(404);
    }

    // Older configurations may say what is no longer accepted.
    private async Task StoreAsync(string from, string to)
    {
        const string key = "/registry/admissionregistration.k8s.io/validatingwebhookconfigurations/dry";
        var stored = (await Api.Store.GetAsync(key, TestContext.Current.CancellationToken))!;
        var changed = Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(stored.Value.Span).Replace(from, to, StringComparison.Ordinal));
        Assert.True((await Api.Store.CommitAsync(new StoreWrite(key, changed, stored.Revision), TestContext.Current.CancellationToken)).Committed);
        (await Api.GetAsync("/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/dry")).Expect(200);
    }

    [Fact]
    public async Task All_webhooks_are_asked_at_once()
    {
        using var both = new Barrier(2);
        foreach (var name in (string[])["one", "two"])
        {
            Hooks.OnRaw(name, async (review, _) =>
            {
                await Task.Run(() => Assert.True(both.SignalAndWait(TimeSpan.FromSeconds(10))));
                return $$$"""{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","response":{"uid":"{{{review["request"]!["uid"]}}}","allowed":true}}""";
            });
            await ConfigureAsync("Validating", name);
        }
        (await CreateAsync("a")).Expect(201);
        Assert.Equal(2, Hooks.Reviews.Count);
    }

    [Fact]
    public async Task Webhooks_never_see_their_own_configuration()
    {
        Hooks.On("all", _ => new JsonObject { ["allowed"] = false });
        await ConfigureAsync("Validating", "all", """{"operations":["*"],"apiGroups":["*"],"apiVersions":["*"],"resources":["*/*"]}""");
        (await CreateAsync("a")).Expect(400);
        (await Api.DeleteAsync("/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/all")).Expect(200);
        (await CreateAsync("a")).Expect(201);
    }

    [Fact]
    public async Task Subresources_are_asked_for_by_name()
    {
        Hooks.On("sub", _ => WebhookServer.Allow());
        await ConfigureAsync("Validating", "sub", """{"operations":["*"],"apiGroups":[""],"apiVersions":["v1"],"resources":["pods/status","pods/binding"]}""");
        (await Api.PostAsync(Samples.Pods, Samples.Pod("p"))).Expect(201);
        Assert.Empty(Hooks.Reviews);
        (await Api.PostAsync($"{Samples.Pods}/p/binding", """{"apiVersion":"v1","kind":"Binding","metadata":{"name":"p"},"target":{"kind":"Node","name":"n"}}""")).Expect(201);
        Assert.Equal("Binding", LastRequest["kind"]!["kind"]!.ToString());
        Assert.Equal("binding", LastRequest["subResource"]!.ToString());
        Assert.Equal("n", LastRequest["object"]!["target"]!["name"]!.ToString());
        (await Api.MergeAsync($"{Samples.Pods}/p/status", """{"status":{"phase":"Running"}}""")).Expect(200);
        Assert.Equal("status", LastRequest["subResource"]!.ToString());
        Assert.Equal("Pending", LastRequest["oldObject"]!["status"]!["phase"]!.ToString());
    }

    [Theory]
    [InlineData("Exact", 0)]
    [InlineData("Equivalent", 1)]
    public async Task Other_forms_of_the_same_objects_are_equivalent(string policy, int calls)
    {
        Hooks.On("event", _ => WebhookServer.Allow());
        await ConfigureAsync("Validating", "event", """{"operations":["CREATE"],"apiGroups":[""],"apiVersions":["v1"],"resources":["events"]}""", $$""","matchPolicy":"{{policy}}" """);
        (await Api.PostAsync("/apis/events.k8s.io/v1/namespaces/default/events", """
            {"apiVersion":"events.k8s.io/v1","kind":"Event","metadata":{"name":"e"},"eventTime":"2026-01-01T00:00:00.000000Z","action":"a","reason":"r","type":"Normal",
             "reportingController":"c.io/c","reportingInstance":"i","note":"hello","regarding":{"kind":"Pod","namespace":"default","name":"p"}}
            """)).Expect(201);
        Assert.Equal(calls, Hooks.Reviews.Count);
        if (calls == 0) return;
        Assert.Equal("""{"group":"","version":"v1","resource":"events"}""", LastRequest["resource"]!.ToJsonString());
        Assert.Equal("""{"group":"events.k8s.io","version":"v1","resource":"events"}""", LastRequest["requestResource"]!.ToJsonString());
        Assert.Equal("hello", LastRequest["object"]!["message"]!.ToString());
    }
}
