using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Slipway.Api;

namespace Slipway.ApiServer.Tests.Aggregation;

/// <summary>What servers behind APIServices say in OpenAPI, in the documents of this server.</summary>
public sealed class ExtensionOpenApiTests : IAsyncLifetime
{
    private const string Own = "/openapi/v3/apis/wardle.example.org/v1";
    private const string Swagger = """
        {"swagger":"2.0","paths":{"/apis/wardle.example.org/v1/flunders/{name}":{"patch":{"parameters":[{"name":"fieldValidation","in":"query"}],"x-kubernetes-group-version-kind":{"group":"wardle.example.org","version":"v1","kind":"Flunder"},
           "responses":{"200":{"schema":{"$ref":"#/definitions/org.example.wardle.v1.Flunder"}}}}}},
         "definitions":{"org.example.wardle.v1.Flunder":{"type":"object","properties":{"metadata":{"$ref":"#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"}},"x-kubernetes-group-version-kind":[{"group":"wardle.example.org","version":"v1","kind":"Flunder"}]},
           "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta":{"description":"theirs"}}}
        """;

    private readonly TestExtensions _extensions = new();

    public ValueTask InitializeAsync() => _extensions.InitializeAsync();

    public ValueTask DisposeAsync() => _extensions.DisposeAsync();

    private TestApi Api => _extensions.Api;

    private ExtensionServer Server => _extensions.Server;

    [Fact]
    public async Task Its_document_is_in_the_index_and_fetched_once()
    {
        Server.Answers["/openapi/v3"] = """{"paths":{"apis/wardle.example.org/v1":{"serverRelativeURL":"/openapi/v3/apis/wardle.example.org/v1?hash=ABC"},"apis/apps/v1":{"serverRelativeURL":"/openapi/v3/apis/apps/v1?hash=EVIL"}}}""";
        Server.Answers[Own] = """{"openapi":"3.0.0","paths":{"/apis/wardle.example.org/v1/flunders":{}}}""";
        await _extensions.RegisterAsync("wardle.example.org");
        await UntilIndexAsync("wardle.example.org", address => address == $"{Own}?hash=ABC");
        Assert.DoesNotContain("EVIL", (await Api.GetAsync("/openapi/v3")).Body, StringComparison.Ordinal);
        Assert.Equal($"{Own}?hash=ABC", (await Api.GetAsync($"{Own}?hash=old")).Expect(301).Headers.Single(h => h.Key == "Location").Value);
        foreach (var path in (string[])[$"{Own}?hash=ABC", Own, $"{Own}?hash=ABC"])
        {
            var answer = (await Api.GetAsync(path)).Expect(200);
            Assert.NotNull(answer.Json["paths"]!["/apis/wardle.example.org/v1/flunders"]);
            Assert.Equal("\"ABC\"", answer.Headers.Single(h => h.Key == "ETag").Value);
        }
        Assert.Single(Server.Asked, asked => asked.StartsWith($"GET {Own}", StringComparison.Ordinal));
        (await Api.DeleteAsync("/apis/apiregistration.k8s.io/v1/apiservices/v1.wardle.example.org")).Expect(200);
        await UntilIndexAsync("wardle.example.org", address => address is null);
        (await Api.GetAsync(Own)).Expect(404);
    }

    [Fact]
    public async Task Its_part_is_merged_into_the_whole_and_this_servers_own_stays()
    {
        Server.Answers["/openapi/v2"] = Swagger;
        var before = (await Api.GetAsync("/openapi/v2")).Expect(200);
        await _extensions.RegisterAsync("wardle.example.org");
        await Waiting.UntilAsync(TestExtensions.Patience, async () => (await Api.GetAsync("/openapi/v2")).Headers.Single(h => h.Key == "ETag").Value != before.Headers.Single(h => h.Key == "ETag").Value);
        var document = (await Api.GetAsync("/openapi/v2")).Json;
        Assert.NotNull(document["paths"]!["/apis/wardle.example.org/v1/flunders/{name}"]);
        // What it defines otherwise than this server has another name.
        const string meta = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta";
        Assert.Equal($"#/definitions/{meta}_v2", (string?)document["definitions"]!["org.example.wardle.v1.Flunder"]!["properties"]!["metadata"]!["$ref"]);
        Assert.Equal("theirs", (string?)document["definitions"]![$"{meta}_v2"]!["description"]);
        Assert.True(JsonNode.DeepEquals(before.Json["definitions"]!["io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"], document["definitions"]!["io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"]));
        foreach (var part in (string[])["paths", "definitions"])
            Assert.All(before.Json[part]!.AsObject(), old => Assert.True(JsonNode.DeepEquals(old.Value, document[part]![old.Key])));
        var protobuf = Encoding.UTF8.GetString(await BytesAsync("/openapi/v2", "application/com.github.proto-openapi.spec.v2@v1.0+protobuf"));
        Assert.Contains("/apis/wardle.example.org/v1/flunders/{name}", protobuf, StringComparison.Ordinal);
        Assert.Contains("org.example.wardle.v1.Flunder", protobuf, StringComparison.Ordinal);
        Assert.Contains($"{meta}_v2", protobuf, StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_that_has_the_second_version_alone_is_in_the_third_all_the_same()
    {
        Server.Answers["/openapi/v2"] = Swagger;
        await _extensions.RegisterAsync("wardle.example.org");
        await UntilIndexAsync("wardle.example.org", address => address?.StartsWith($"{Own}?hash=", StringComparison.Ordinal) == true);
        var answer = (await Api.GetAsync((await AddressAsync("wardle.example.org"))!)).Expect(200);
        Assert.Equal("#/components/schemas/org.example.wardle.v1.Flunder",
            (string?)answer.Json["paths"]!["/apis/wardle.example.org/v1/flunders/{name}"]!["patch"]!["responses"]!["200"]!["content"]!["*/*"]!["schema"]!["$ref"]);
        Assert.NotNull(answer.Json["components"]!["schemas"]!["org.example.wardle.v1.Flunder"]!["properties"]!["metadata"]);
    }

    [Theory]
    [InlineData("huge")]
    [InlineData("endless")]
    [InlineData("silent")]
    [InlineData("malformed")]
    [InlineData("broken")]
    [InlineData("deep")]
    [InlineData("twice")]
    public async Task One_that_misbehaves_costs_nobody_else_anything(string how)
    {
        await using var good = await ExtensionServer.StartAsync();
        good.Answers["/apis/good.example.org/v1"] = """{"kind":"APIResourceList","apiVersion":"v1","groupVersion":"good.example.org/v1","resources":[]}""";
        good.Answers["/openapi/v3"] = """{"paths":{"apis/good.example.org/v1":{"serverRelativeURL":"/openapi/v3/apis/good.example.org/v1?hash=G"}}}""";
        foreach (var path in (string[])["/openapi/v3", "/openapi/v2"]) Server.Handlers[path] = http => MisbehaveAsync(http, how);
        await _extensions.RegisterAsync("wardle.example.org");
        await _extensions.RegisterAsync("good.example.org", good, "good");
        await UntilIndexAsync("good.example.org", address => address is not null);
        Assert.Null(await AddressAsync("wardle.example.org"));
        Assert.DoesNotContain("wardle", (await Api.GetAsync("/openapi/v2")).Expect(200).Body, StringComparison.Ordinal);
        Assert.Contains("wardle.example.org", (await Api.GetAsync("/apis")).Expect(200).Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_that_describes_itself_oddly_does_not_take_the_whole_from_others()
    {
        var nested = new string('[', 100) + new string(']', 100);
        Server.Answers["/openapi/v2"] = $$$"""
            {"swagger":"2.0","paths":{"/apis/wardle.example.org/v1/number":5,"/apis/wardle.example.org/v1/deep":{"x":{{{nested}}},"patch":{"x-kubernetes-group-version-kind":{"kind":5},"parameters":[null,7]}},
               "/apis/wardle.example.org/v1/flunders":{"$ref":"#/definitions/Odd"}},
             "definitions":{"Odd":{"maximum":"10","minimum":true,"multipleOf":{},"maxLength":"x","uniqueItems":5,"required":[null,{}],"enum":{},"default":{{{nested}}},"x-odd":{{{nested}}} }} }
            """;
        await _extensions.RegisterAsync("wardle.example.org");
        await Waiting.UntilAsync(TestExtensions.Patience, async () => (await Api.GetAsync("/openapi/v2")).Expect(200).Body.Contains("\"Odd\"", StringComparison.Ordinal));
        var document = (await Api.GetAsync("/openapi/v2")).Expect(200).Body;
        Assert.Contains("/apis/wardle.example.org/v1/deep", document, StringComparison.Ordinal);
        Assert.DoesNotContain("/apis/wardle.example.org/v1/number", document, StringComparison.Ordinal);
        Assert.Contains("Odd", Encoding.UTF8.GetString(await BytesAsync("/openapi/v2", "application/com.github.proto-openapi.spec.v2@v1.0+protobuf")), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("huge")]
    [InlineData("malformed")]
    [InlineData("broken")]
    public async Task A_document_that_is_not_given_is_a_refusal_and_asked_for_again(string how)
    {
        Server.Answers["/openapi/v3"] = """{"paths":{"apis/wardle.example.org/v1":{"serverRelativeURL":"/openapi/v3/apis/wardle.example.org/v1?hash=ABC"}}}""";
        Server.Handlers[Own] = http => MisbehaveAsync(http, how);
        await _extensions.RegisterAsync("wardle.example.org");
        await UntilIndexAsync("wardle.example.org", address => address is not null);
        Assert.Contains("does not give its OpenAPI document", (await Api.GetAsync(Own)).Expect(503)["message"]!, StringComparison.Ordinal);
        Server.Handlers.Clear();
        Server.Answers[Own] = "{}";
        (await Api.GetAsync(Own)).Expect(200);
    }

    private static async Task MisbehaveAsync(HttpContext http, string how)
    {
        switch (how)
        {
            case "huge":
                await http.Response.WriteAsync("{\"paths\":{\"a\":\"");
                for (var i = 0; i < 1000 && !http.RequestAborted.IsCancellationRequested; i++) await http.Response.WriteAsync(new string('x', 10_000));
                break;
            case "endless":
                await http.Response.WriteAsync("{");
                await http.Response.Body.FlushAsync();
                await WaitAsync();
                break;
            case "silent":
                await WaitAsync();
                break;
            case "broken":
                await http.Response.WriteAsync("{");
                http.Abort();
                break;
            case "malformed":
                await http.Response.WriteAsync("{\"paths\":");
                break;
            case "deep":
                await http.Response.WriteAsync("{\"paths\":" + new string('[', 200_000));
                break;
            case "twice":
                await http.Response.WriteAsync("{\"paths\":{},\"paths\":{}}");
                break;
        }

        async Task WaitAsync()
        {
            var gone = new TaskCompletionSource();
            await using var registration = http.RequestAborted.Register(gone.SetResult);
            await gone.Task;
        }
    }

    private async Task<string?> AddressAsync(string group) => (string?)(await Api.GetAsync("/openapi/v3")).Expect(200).Json["paths"]![$"apis/{group}/v1"]?["serverRelativeURL"];

    private Task UntilIndexAsync(string group, Func<string?, bool> condition) => Waiting.UntilAsync(TestExtensions.Patience, async () => condition(await AddressAsync(group)));

    private async Task<byte[]> BytesAsync(string path, string accept)
    {
        await using var response = await Api.Api.SendAsync(new ApiRequest("GET", path) { Accept = accept }, TestContext.Current.CancellationToken);
        return response.Body.ToArray();
    }
}
