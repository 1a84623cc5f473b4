using System.Text.Json.Nodes;
using Microsoft.Extensions.Time.Testing;

namespace Slipway.ApiServer.Tests.CustomResources;

public sealed class ConversionFailureTests : ConversionTest
{
    private const string Head = "conversion webhook for example.com/v1, Kind=Gate ";

    public static TheoryData<string, string> Faults => new()
    {
        { "wrong type", "failed: expected webhook response of apiextensions.k8s.io/v1, Kind=ConversionReview, got apiextensions.k8s.io/v1, Kind=Other" },
        { "no response", "failed: no response provided" },
        { "wrong uid", "failed: expected response.uid=\"" },
        { "failure", "failed: it cannot be said in this version" },
        { "no status", "failed: response.result.status was '', not 'Success'" },
        { "too few", "returned 0 objects, expected 1" },
        { "not an object", "returned invalid object at index 0: cannot unmarshal string into an object" },
        { "other version", "returned invalid object at index 0: invalid groupVersion (expected example.com/v2, received example.com/v3)" },
        { "other kind", "returned invalid object at index 0: invalid kind (expected Gate, received Door)" },
        { "other name", "returned invalid object: must have the same name: a != b" },
        { "other namespace", "returned invalid object: must have the same namespace: default != other" },
        { "other uid", "returned invalid object: must have the same UID: " },
        { "bad label", "returned invalid metadata: metadata.labels: Invalid value: \"-\"" },
        { "label of another type", "returned invalid metadata: metadata.labels[a] must be a string, but is number in converted object" },
        { "labels of another type", "returned invalid metadata: invalid metadata.labels of type array in converted object" },
        { "no json", "failed: couldn't get version/kind; json parse error" },
        { "an error", "failed: an error on the server (\"broken\") has prevented the request from succeeding" },
        { "not found", "failed: the server could not find the requested resource" },
        { "cut off", "failed: Post \"https://127.0.0.1:" },
    };

    [Theory]
    [MemberData(nameof(Faults))]
    public async Task What_a_webhook_answers_is_checked(string fault, string message)
    {
        (await Api.PostAsync(One, Gate("a", "h:1"))).Expect(201);
        Hooks.OnRaw("convert", (review, http) =>
        {
            var answer = Answered(review);
            var response = answer["response"]!.AsObject();
            var converted = response["convertedObjects"]!.AsArray();
            var metadata = converted[0]!["metadata"]!;
            switch (fault)
            {
                case "wrong type": answer["kind"] = "Other"; break;
                case "no response": answer.Remove("response"); break;
                case "wrong uid": response["uid"] = "x"; break;
                case "failure": response["result"] = new JsonObject { ["status"] = "Failure", ["message"] = "it cannot be said in this version" }; break;
                case "no status": response.Remove("result"); break;
                case "too few": converted.Clear(); break;
                case "not an object": converted[0] = "text"; break;
                case "other version": converted[0]!["apiVersion"] = "example.com/v3"; break;
                case "other kind": converted[0]!["kind"] = "Door"; break;
                case "other name": metadata["name"] = "b"; break;
                case "other namespace": metadata["namespace"] = "other"; break;
                case "other uid": metadata["uid"] = "u"; break;
                case "bad label": metadata["labels"] = new JsonObject { ["a"] = "-" }; break;
                case "label of another type": metadata["labels"] = new JsonObject { ["a"] = 1 }; break;
                case "labels of another type": metadata["labels"] = new JsonArray(); break;
                case "no json": return Task.FromResult("{");
                case "an error": http.Response.StatusCode = 503; return Task.FromResult("broken");
                case "not found": http.Response.StatusCode = 404; return Task.FromResult("");
                case "cut off": http.Abort(); break;
            }
            return Task.FromResult(answer.ToJsonString());
        });
        foreach (var path in new[] { $"{Two}/a", Two })
        {
            var refused = (await Api.GetAsync(path)).Expect(500);
            Assert.StartsWith(Head + message, refused["message"], StringComparison.Ordinal);
            Assert.Equal(("Status", null), (refused["kind"], refused["reason"]));
        }
        (await Api.GetAsync($"{One}/a")).Expect(200);
        Assert.Contains("apiserver_crd_conversion_webhook_duration_seconds_count{crd_name=\"gates.example.com\",from_version=\"v1\",to_version=\"v2\",succeeded=\"false\"} 2",
            (await Api.GetAsync("/metrics")).Expect(200).Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_dead_webhook_stops_one_version_until_it_is_back()
    {
        (await Api.PostAsync(One, Gate("a", "h:1"))).Expect(201);
        await using var watch = await Api.WatchAsync($"{Two}?watch=true");
        Assert.Equal("ADDED a", await watch.NextTextAsync());
        Hooks.OnRaw("convert", (_, http) =>
        {
            http.Abort();
            return Task.FromResult("");
        });
        // What is known of an object's revision stays known; a change is not.
        Assert.Equal("h", (await Api.GetAsync($"{Two}/a")).Expect(200)["spec.host"]);
        (await Api.MergeAsync($"{One}/a", """{"spec":{"address":"k:2"}}""")).Expect(200);
        Assert.StartsWith(Head + "failed: Post", (await Api.GetAsync($"{Two}/a")).Expect(500)["message"], StringComparison.Ordinal);
        Assert.StartsWith("conversion webhook for example.com/v2, Kind=Gate failed: Post", (await Api.PostAsync(Two, GateTwo("b", "h", "1"))).Expect(500)["message"], StringComparison.Ordinal);
        (await Api.MergeAsync($"{Two}/a", """{"spec":{"host":"m"}}""")).Expect(500);
        (await Api.DeleteAsync($"{Two}/a")).Expect(500);
        Assert.Equal("k:2", (await Api.GetAsync($"{One}/a")).Expect(200)["spec.address"]);
        var error = (await watch.NextAsync())!;
        Assert.Equal(("ERROR", "500"), (error.Type, error.Object["code"]!.ToString()));
        Assert.Null(await watch.NextAsync());

        Hooks.OnRaw("convert", (review, _) => Task.FromResult(Answered(review).ToJsonString()));
        Assert.Equal("k", (await Api.GetAsync($"{Two}/a")).Expect(200)["spec.host"]);
        (await Api.MergeAsync($"{Two}/a", """{"spec":{"host":"m"}}""")).Expect(200);
    }

    [Fact]
    public async Task A_webhook_behind_a_service_is_found_there()
    {
        (await Api.MergeAsync(Definition, """{"spec":{"conversion":{"webhook":{"clientConfig":{"url":null,"service":{"namespace":"default","name":"hook","path":"/convert"}}}}}}""")).Expect(200);
        (await Api.PostAsync(One, Gate("a", "h:1"))).Expect(201);
        const string failed = Head + "failed: Post \"https://hook.default.svc:443/convert?timeout=30s\": ";
        Assert.Equal(failed + "service \"hook\" not found", (await Api.GetAsync($"{Two}/a")).Expect(500)["message"]);
        (await Api.PostAsync("/api/v1/namespaces/default/services", """
            {"apiVersion":"v1","kind":"Service","metadata":{"name":"hook"},"spec":{"clusterIP":"None","ports":[{"name":"https","port":443}]}}
            """)).Expect(201);
        Assert.Equal(failed + "no endpoints available for service \"hook\"", (await Api.GetAsync($"{Two}/a")).Expect(500)["message"]);

        // Addresses of loopback are refused by the API, so the slice is put into the store as it is.
        var slice = $$$"""
            {"apiVersion":"discovery.k8s.io/v1","kind":"EndpointSlice","metadata":{"name":"hook-1","namespace":"default","labels":{"kubernetes.io/service-name":"hook"}},"addressType":"IPv4",
             "endpoints":[{"addresses":["127.0.0.1"],"conditions":{"ready":true}}],"ports":[{"name":"https","port":{{{Hooks.Port}}}}]}
            """;
        await Api.Store.CommitAsync(new("/registry/discovery.k8s.io/endpointslices/default/hook-1", System.Text.Encoding.UTF8.GetBytes(slice), 0), TestContext.Current.CancellationToken);
        Assert.Equal("h", (await Api.GetAsync($"{Two}/a")).Expect(200)["spec.host"]);
    }

    [Fact]
    public async Task A_slow_webhook_is_given_up_after_half_a_minute()
    {
        var clock = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        await using var api = await TestApi.StartAsync(clock: clock);
        var asked = new TaskCompletionSource();
        Hooks.OnRaw("convert", async (_, http) =>
        {
            asked.TrySetResult();
            var gone = new TaskCompletionSource();
            await using var registration = http.RequestAborted.Register(gone.SetResult);
            await gone.Task;
            return "";
        });
        (await api.PostAsync(Samples.Definitions, Document())).Expect(201);
        (await api.PostAsync(One, Gate("a", "h:1"))).Expect(201);
        var answer = api.GetAsync($"{Two}/a");
        await asked.Task;
        clock.Advance(TimeSpan.FromSeconds(29));
        Assert.False(answer.IsCompleted);
        clock.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal($"{Head}failed: Post \"{Hooks.Url("convert")}?timeout=30s\": context deadline exceeded", (await answer).Expect(500)["message"]);
    }

    [Fact]
    public async Task A_definition_goes_without_its_webhook()
    {
        (await Api.PostAsync(One, Gate("a", "h:1"))).Expect(201);
        Hooks.OnRaw("convert", (_, http) =>
        {
            http.Response.StatusCode = 500;
            return Task.FromResult("");
        });
        (await Api.DeleteAsync(Definition)).Expect(200);
        while ((await Api.GetAsync(Definition)).Code != 404) await Task.Yield();
        Assert.Empty((await Api.Store.ListAsync("/registry/example.com/", null, 10, 0, TestContext.Current.CancellationToken)).Records);
        Assert.Equal(0, Calls);
    }

    [Fact]
    public async Task Of_several_objects_the_one_at_fault_is_named()
    {
        (await Api.PostAsync(One, Gate("a", "h:1"))).Expect(201);
        (await Api.PostAsync(One, Gate("b", "h:1"))).Expect(201);
        Hooks.OnRaw("convert", (review, _) =>
        {
            var answer = Answered(review);
            var converted = answer["response"]!["convertedObjects"]!.AsArray();
            var first = converted[0]!.DeepClone();
            converted[0] = converted[1]!.DeepClone();
            converted[1] = first;
            return Task.FromResult(answer.ToJsonString());
        });
        Assert.Equal(Head + "returned invalid converted object at index 0: must have the same name: a != b", (await Api.GetAsync(Two)).Expect(500)["message"]);
    }

    [Fact]
    public async Task A_bundle_that_cannot_be_read_is_not_served()
    {
        (await Api.MergeAsync(Definition, """{"spec":{"conversion":{"webhook":{"clientConfig":{"caBundle":"bm9uZQ=="}}}}}""")).Expect(422);
        (await Api.DeleteAsync(Definition)).Expect(200);
        while ((await Api.GetAsync(Definition)).Code != 404) await Task.Yield();
        var document = JsonNode.Parse(Document())!;
        document["spec"]!["conversion"]!["webhook"]!["clientConfig"]!["caBundle"] = "bm9uZQ==";
        var created = (await Api.PostAsync(Samples.Definitions, document.ToJsonString())).Expect(201);
        Assert.Equal("Established False InvalidCABundle", $"{created["status.conditions.1.type"]} {created["status.conditions.1.status"]} {created["status.conditions.1.reason"]}");
        (await Api.GetAsync(One)).Expect(404);
        (await Api.MergeAsync(Definition, $$$$"""{"spec":{"conversion":{"webhook":{"clientConfig":{"caBundle":"{{{{Hooks.CaBundle}}}}" } } } } }""")).Expect(200);
        (await Api.GetAsync(One)).Expect(200);
    }
}
