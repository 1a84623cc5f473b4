using System.Text.Json.Nodes;
using Slipway.Api;
using Slipway.ApiServer.OpenApi;
using Slipway.ApiServer.Serving;
using Slipway.ApiServer.Wire;
using Slipway.ApiServer.Wire.Protobuf;
using static Slipway.ApiServer.Tests.Samples;

namespace Slipway.ApiServer.Tests;

/// <summary>Discovery and OpenAPI as clients cache them.</summary>
public sealed class OpenApiTests
{
    private const string Aggregated = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";

    [Theory]
    [InlineData("/apis", Aggregated)]
    [InlineData("/api", Aggregated)]
    [InlineData("/openapi/v2", MediaTypes.Json)]
    [InlineData("/openapi/v2", "application/com.github.proto-openapi.spec.v2@v1.0+protobuf")]
    [InlineData("/openapi/v3/apis/batch/v1", MediaTypes.Json)]
    [InlineData("/openapi/v3/apis/batch/v1", "application/com.github.proto-openapi.spec.v3.v1.0+protobuf")]
    public async Task What_a_client_has_is_not_sent_again_until_it_changes(string path, string accept)
    {
        await using var api = await TestApi.StartAsync();
        var tag = await TagAsync("");
        Assert.Equal(tag, await TagAsync(""));
        await using (var known = await SendAsync(api, path, accept, $"\"other\", W/{tag}"))
        {
            Assert.Equal(304, known.StatusCode);
            Assert.True(known.Body.IsEmpty);
        }
        (await api.PostAsync(Definitions, Definition())).Expect(201);
        var changes = path is "/apis" or "/openapi/v2";
        await using var after = await SendAsync(api, path, accept, tag);
        Assert.Equal(changes ? 200 : 304, after.StatusCode);

        async Task<string> TagAsync(string ifNoneMatch)
        {
            await using var response = await SendAsync(api, path, accept, ifNoneMatch);
            Assert.Equal(200, response.StatusCode);
            Assert.False(response.Body.IsEmpty);
            return response.Headers.Single(h => h.Key == "ETag").Value;
        }
    }

    [Fact]
    public async Task A_definition_is_described_as_soon_as_it_is_there()
    {
        await using var api = await TestApi.StartAsync();
        await api.GetAsync("/openapi/v2");
        (await api.PostAsync(Definitions, Definition())).Expect(201);
        Assert.Contains("crontabs", (await api.GetAsync("/apis", Aggregated)).Body, StringComparison.Ordinal);
        Assert.Equal("CronTab", (await api.GetAsync("/apis/stable.example.com/v1"))["resources.0.kind"]);
        Assert.Contains("\"com.example.stable.v1.CronTab\"", (await api.GetAsync("/openapi/v2")).Body, StringComparison.Ordinal);
        var address = (await api.GetAsync("/openapi/v3")).Json["paths"]!["apis/stable.example.com/v1"]!["serverRelativeURL"]!.ToString();
        var document = (await api.GetAsync(address)).Expect(200).Json;
        var list = document["paths"]!["/apis/stable.example.com/v1/namespaces/{namespace}/crontabs"]!["get"]!;
        Assert.Equal("listStableExampleComV1NamespacedCronTab", list["operationId"]!.ToString());
        Assert.Contains(list["parameters"]!.AsArray(), p => p!["name"]!.ToString() == "sendInitialEvents");
        (await api.DeleteAsync($"{Definitions}/crontabs.stable.example.com")).Expect(200);
    }

    [Theory]
    [InlineData("v1", "pods", "xPOwRZ+Yhw8=")]
    [InlineData("v1", "events", "r2yiGXH7wu8=")]
    [InlineData("apis/events.k8s.io/v1", "events", "r2yiGXH7wu8=")]
    [InlineData("apis/autoscaling/v1", "horizontalpodautoscalers", "qwQve8ut294=")]
    public async Task Resources_name_the_version_that_they_are_stored_in(string version, string plural, string hash)
    {
        await using var api = await TestApi.StartAsync();
        var resources = (await api.GetAsync(version == "v1" ? "/api/v1" : $"/{version}")).Expect(200).Json["resources"]!.AsArray();
        Assert.Equal(hash, resources.Single(r => r!["name"]!.ToString() == plural)!["storageVersionHash"]!.ToString());
    }

    [Fact]
    public async Task Operations_have_the_names_of_Kubernetes()
    {
        await using var api = await TestApi.StartAsync();
        var core = (await api.GetAsync("/openapi/v3/api/v1")).Expect(200).Json["paths"]!;
        var pods = core["/api/v1/namespaces/{namespace}/pods"]!;
        Assert.Equal("listCoreV1NamespacedPod createCoreV1NamespacedPod deleteCoreV1CollectionNamespacedPod", $"{pods["get"]!["operationId"]} {pods["post"]!["operationId"]} {pods["delete"]!["operationId"]}");
        Assert.Equal("listCoreV1PodForAllNamespaces", core["/api/v1/pods"]!["get"]!["operationId"]!.ToString());
        Assert.Equal("patchCoreV1NamespacedPodStatus", core["/api/v1/namespaces/{namespace}/pods/{name}/status"]!["patch"]!["operationId"]!.ToString());
        Assert.Equal("readCoreV1Node", core["/api/v1/nodes/{name}"]!["get"]!["operationId"]!.ToString());
        var eviction = core["/api/v1/namespaces/{namespace}/pods/{name}/eviction"]!["post"]!;
        Assert.Equal("policy Eviction", $"{eviction["x-kubernetes-group-version-kind"]!["group"]} {eviction["x-kubernetes-group-version-kind"]!["kind"]}");
        var patch = core["/api/v1/namespaces/{namespace}/pods/{name}"]!["patch"]!["parameters"]!.AsArray().Select(p => p!["name"]!.ToString());
        Assert.Equal(["dryRun", "fieldManager", "fieldValidation", "force", "pretty"], patch);
        Assert.Equal("readRbacAuthorizationV1ClusterRole", (await api.GetAsync("/openapi/v3/apis/rbac.authorization.k8s.io/v1")).Json["paths"]!["/apis/rbac.authorization.k8s.io/v1/clusterroles/{name}"]!["get"]!["operationId"]!.ToString());
        var ids = core.AsObject().SelectMany(p => p.Value!.AsObject()).Select(o => (o.Value as JsonObject)?["operationId"]?.ToString()).OfType<string>().ToList();
        Assert.Equal(ids.Distinct(), ids);
    }

    [Theory]
    [InlineData("/openapi/v2")]
    [InlineData("/openapi/v3/api/v1")]
    public async Task What_clients_connect_to_is_described(string document)
    {
        await using var api = await TestApi.StartAsync();
        var body = (await api.GetAsync(document)).Expect(200);
        Assert.DoesNotContain("x-slipway", body.Body, StringComparison.Ordinal);
        var paths = body.Json["paths"]!;
        const string pod = "/api/v1/namespaces/{namespace}/pods/{name}";
        var exec = paths[$"{pod}/exec"]!;
        Assert.Equal("connectCoreV1GetNamespacedPodExec connectCoreV1PostNamespacedPodExec", $"{exec["get"]!["operationId"]} {exec["post"]!["operationId"]}");
        Assert.Equal("connect PodExecOptions", $"{exec["get"]!["x-kubernetes-action"]} {exec["get"]!["x-kubernetes-group-version-kind"]!["kind"]}");
        Assert.Equal(["name", "namespace", "command", "container", "stderr", "stdin", "stdout", "tty"], exec["parameters"]!.AsArray().Select(p => p!["name"]!.ToString()));
        Assert.NotNull(paths[$"{pod}/attach"]);
        Assert.Equal("connectCoreV1PostNamespacedPodPortforward", paths[$"{pod}/portforward"]!["post"]!["operationId"]!.ToString());
        Assert.Equal("connectCoreV1PutNamespacedServiceProxyWithPath", paths["/api/v1/namespaces/{namespace}/services/{name}/proxy/{path}"]!["put"]!["operationId"]!.ToString());
        Assert.Equal("connectCoreV1GetNodeProxy", paths["/api/v1/nodes/{name}/proxy"]!["get"]!["operationId"]!.ToString());
    }

    [Fact]
    public async Task Swagger_refers_and_describes_side_by_side_and_knows_no_choices()
    {
        await using var api = await TestApi.StartAsync();
        var definitions = (await api.GetAsync("/openapi/v2")).Expect(200).Json["definitions"]!;
        var spec = definitions["io.k8s.api.core.v1.Pod"]!["properties"]!["spec"]!;
        Assert.Equal("#/definitions/io.k8s.api.core.v1.PodSpec", spec["$ref"]!.ToString());
        Assert.NotEmpty(spec["description"]!.ToString());
        Assert.DoesNotContain("\"oneOf\":[", definitions.ToJsonString(), StringComparison.Ordinal);
        // Names of fields are no keywords.
        Assert.NotNull(definitions["io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaProps"]!["properties"]!["not"]);
        Assert.NotNull(definitions["io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaProps"]!["properties"]!["nullable"]);
    }

    [Fact]
    public async Task Swagger_in_protobuf_has_the_same_definitions()
    {
        await using var api = await TestApi.StartAsync();
        await api.PostAsync(Definitions, Definition());
        var json = (await api.GetAsync("/openapi/v2")).Json["definitions"]!.AsObject();
        await using var response = await SendAsync(api, "/openapi/v2", "application/com.github.proto-openapi.spec.v2@v1.0+protobuf", "");
        Assert.Equal("application/com.github.proto-openapi.spec.v2.v1.0+protobuf", response.ContentType);
        var read = new Dictionary<string, int>();
        var document = new WireReader(response.Body.Span);
        while (document.Next(out var number))
        {
            if (number != 9) continue;
            var definitions = new WireReader(document.Bytes);
            while (definitions.Next(out _))
            {
                var named = new WireReader(definitions.Bytes);
                named.Next(out _);
                var name = System.Text.Encoding.UTF8.GetString(named.Bytes);
                named.Next(out _);
                var properties = 0;
                var schema = new WireReader(named.Bytes);
                while (schema.Next(out var field))
                {
                    if (field != 25) continue;
                    var entries = new WireReader(schema.Bytes);
                    while (entries.Next(out _)) properties++;
                }
                read.Add(name, properties);
            }
        }
        Assert.Equal(json.ToDictionary(d => d.Key, d => d.Value!["properties"]?.AsObject().Count ?? 0).OrderBy(d => d.Key, StringComparer.Ordinal), read.OrderBy(d => d.Key, StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("application/com.github.proto-openapi.spec.v3@v1.0+protobuf")]
    [InlineData("application/com.github.proto-openapi.spec.v3.v1.0+protobuf;q=0.9, application/json;q=0.1")]
    public async Task Version_3_in_protobuf_says_the_same(string accept)
    {
        await using var api = await TestApi.StartAsync();
        await api.PostAsync(Definitions, Definition());
        foreach (var path in new[] { "/openapi/v3/api/v1", "/openapi/v3/apis/stable.example.com/v1" })
        {
            var json = (await api.GetAsync(path)).Json;
            await using var response = await SendAsync(api, path, accept, "");
            Assert.Equal("application/com.github.proto-openapi.spec.v3.v1.0+protobuf", response.ContentType);
            await using (var plain = await SendAsync(api, path, MediaTypes.Json, "")) Assert.Equal(plain.Headers.Single(h => h.Key == "ETag").Value, response.Headers.Single(h => h.Key == "ETag").Value);

            var bytes = response.Body.ToArray();
            var schemas = json["components"]!["schemas"]!.AsObject();
            Assert.Equal(["3.0.0"], At(bytes, 1));
            Assert.Equal(schemas.Select(d => d.Key), At(bytes, 5, 1, 1, 1));
            Assert.Equal(schemas.SelectMany(d => d.Value!["properties"]?.AsObject().Select(p => p.Key) ?? []), At(bytes, 5, 1, 1, 2, 1, 31, 1, 1));
            Assert.Equal(schemas.Select(d => d.Value!["description"]?.ToString()).OfType<string>(), At(bytes, 5, 1, 1, 2, 1, 34));
            var paths = json["paths"]!.AsObject();
            Assert.Equal(paths.Select(p => p.Key), At(bytes, 4, 1, 1));
            Assert.Equal(paths.Select(p => p.Value!["get"]?["operationId"]?.ToString()).OfType<string>(), At(bytes, 4, 1, 2, 4, 5));
            Assert.Equal(paths.SelectMany(p => p.Value!["patch"]?["requestBody"]?["content"]?.AsObject().Select(c => c.Key) ?? []), At(bytes, 4, 1, 2, 10, 7, 1, 2, 1, 1));
            Assert.Equal(paths.SelectMany(p => p.Value!["get"]?["responses"]?.AsObject().Select(c => c.Key) ?? []), At(bytes, 4, 1, 2, 4, 8, 2, 1));
        }
    }

    [Fact]
    public void Each_part_of_a_document_of_version_3_has_its_place_in_protobuf()
    {
        var bytes = OpenApiV3Protobuf.Of((JsonObject)JsonNode.Parse("""
            {"openapi":"3.0.0","paths":{"/a":{"parameters":[{"$ref":"#/components/parameters/p"}],"get":{"deprecated":true,"responses":{"default":{"description":"d"},"200":{"description":"ok"}},"x-action":{"a":1}}}},
             "components":{"schemas":{"s":{"type":"object","nullable":true,"minimum":1.5,"maxLength":300,"enum":["a",null,{"b":1}],"default":"x","additionalProperties":true,
               "items":{"type":"string"},"anyOf":[{"type":"integer"},{"$ref":"#/r"}],"not":{"type":"array"},"oddity":1,"maxItems":"no number"},
               "t":{"additionalProperties":{"type":"boolean"},"default":{}}}}}
            """)!);
        int[] schema = [5, 1, 1, 2, 1];
        Assert.Equal(["/a"], At(bytes, 4, 1, 1));
        Assert.Equal(["#/components/parameters/p"], At(bytes, 4, 1, 2, 13, 2, 1));
        Assert.Equal(["1"], At(bytes, 4, 1, 2, 4, 10));
        Assert.Equal(["d"], At(bytes, 4, 1, 2, 4, 8, 1, 1, 1));
        Assert.Equal(["200", "ok"], [.. At(bytes, 4, 1, 2, 4, 8, 2, 1), .. At(bytes, 4, 1, 2, 4, 8, 2, 2, 1, 1)]);
        Assert.Equal(["x-action", "a: 1"], [.. At(bytes, 4, 1, 2, 4, 13, 1), .. At(bytes, 4, 1, 2, 4, 13, 2, 2).Select(y => y.Trim())]);
        Assert.Equal(["object", "1", "300"], [.. At(bytes, [.. schema, 25]), .. At(bytes, [.. schema, 1]), .. At(bytes, [.. schema, 15])]);
        Assert.Equal(["a", "null", "b: 1"], At(bytes, [.. schema, 24, 2]).Select(y => y.Trim()));
        Assert.Equal(["x"], At(bytes, [.. schema, 33, 3]));
        Assert.Equal(["1"], At(bytes, [.. schema, 32, 2]));
        Assert.Equal(["boolean"], At(bytes, [.. schema, 32, 1, 1, 25]));
        Assert.Equal(["string"], At(bytes, [.. schema, 30, 1, 1, 25]));
        Assert.Equal(["integer", "#/r"], [.. At(bytes, [.. schema, 28, 1, 25]), .. At(bytes, [.. schema, 28, 2, 1])]);
        Assert.Equal(["array"], At(bytes, [.. schema, 29, 25]));
        Assert.Equal(BitConverter.GetBytes(1.5), At(bytes, [.. schema, 13]).SelectMany(System.Text.Encoding.Latin1.GetBytes));
        Assert.Empty(At(bytes, [.. schema, 18]));
    }

    // The values of the fields that a path of numbers leads to: texts, and numbers as texts.
    private static List<string> At(ReadOnlySpan<byte> message, params ReadOnlySpan<int> path)
    {
        var found = new List<string>();
        var reader = new WireReader(message);
        while (reader.Next(out var number))
        {
            if (number != path[0]) continue;
            if (path.Length > 1) found.AddRange(At(reader.Bytes, path[1..]));
            else found.Add(reader.Type switch { 0 => $"{reader.Number}", 1 => System.Text.Encoding.Latin1.GetString(reader.Bytes), _ => System.Text.Encoding.UTF8.GetString(reader.Bytes) });
        }
        return found;
    }

    [Fact]
    public async Task What_extensions_serve_is_discovered()
    {
        await using var api = await TestApi.StartAsync(new ApiServerOptions { Extensions = [new Ledger()] });
        Assert.Contains("ledger.example.com", (await api.GetAsync("/apis")).Json["groups"]!.AsArray().Select(g => g!["name"]!.ToString()));
        Assert.Equal("ledger.example.com/v1", (await api.GetAsync("/apis/ledger.example.com")).Expect(200)["preferredVersion.groupVersion"]);
        var group = (await api.GetAsync("/apis", Aggregated)).Json["items"]!.AsArray().Single(g => g!["metadata"]!["name"]!.ToString() == "ledger.example.com")!;
        Assert.Equal("""{"version":"v1","resources":[{"resource":"runs","responseKind":{"group":"ledger.example.com","version":"v1","kind":"Run"},"scope":"Namespaced","singularResource":"run","verbs":["get","list"]}],"freshness":"Current"}""", group["versions"]![0]!.ToJsonString());
    }

    [Theory]
    [InlineData("gzip", true)]
    [InlineData("deflate, gzip;q=1.0, *;q=0.5", true)]
    [InlineData("GZIP", true)]
    [InlineData("gzip;q=0", false)]
    [InlineData("gzip;q=0.000", false)]
    [InlineData("gzip;q=0.5", true)]
    [InlineData("br", false)]
    [InlineData("", false)]
    [InlineData(null, false)]
    public void Compression_is_for_those_who_take_it(string? header, bool expected) => Assert.Equal(expected, ReplySender.TakesGzip(header));

    [Fact]
    public void A_compressed_document_is_what_it_was()
    {
        var bytes = System.Text.Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(0, 5000).Select(i => $"line {i}\n")));
        var document = CompressedBody.Of(bytes);
        Assert.True(document.Gzip.Length < bytes.Length / 2);
        Assert.Equal(bytes, document.Inflate());
        Assert.Equal($"\"{Convert.ToHexString(System.Security.Cryptography.SHA512.HashData(bytes))}\"", document.Tag);
    }

    [Fact]
    public async Task Documents_are_written_for_human_readers_on_request()
    {
        await using var api = await TestApi.StartAsync();
        await api.PostAsync(ConfigMaps, ConfigMap("a"));
        var plain = await api.GetAsync($"{ConfigMaps}/a");
        var pretty = await api.GetAsync($"{ConfigMaps}/a?pretty=true");
        Assert.StartsWith("{\n  \"", pretty.Body, StringComparison.Ordinal);
        Assert.True(JsonNode.DeepEquals(plain.Json, pretty.Json));
        Assert.StartsWith("{\n  \"kind\": \"ConfigMapList\"", (await api.GetAsync($"{ConfigMaps}?pretty=1")).Body, StringComparison.Ordinal);
        Assert.StartsWith("apiVersion: v1\n", (await api.GetAsync($"{ConfigMaps}/a", MediaTypes.Yaml)).Body, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("curl/7.88.1", "", true)]
    [InlineData("Wget/1.21.3", "", true)]
    [InlineData("Mozilla/5.0 (X11; Linux x86_64)", "", true)]
    [InlineData("curl/7.88.1", "?pretty=false", false)]
    [InlineData("kubectl/v1.35.0", "", false)]
    [InlineData("", "?pretty=true", true)]
    public async Task People_get_line_breaks_unless_they_ask_for_none(string agent, string query, bool isPretty)
    {
        await using var api = await TestApi.StartAsync();
        foreach (var path in (string[])[ConfigMaps, $"{ConfigMaps}/absent", "/api/v1", "/apis", "/version"])
        {
            var answer = await api.SendAsync("GET", $"{path}{query}", userAgent: agent);
            Assert.Equal((path, isPretty), (path, answer.Body.StartsWith("{\n  \"", StringComparison.Ordinal)));
        }
        Assert.StartsWith("{\"", (await api.SendAsync("GET", $"/openapi/v3{query}", userAgent: agent)).Body, StringComparison.Ordinal);
        Assert.Equal("ok", (await api.SendAsync("GET", $"/readyz/ping{query}", userAgent: agent)).Body);
    }

    private static ValueTask<ApiResponse> SendAsync(TestApi api, string path, string accept, string ifNoneMatch) =>
        api.Api.SendAsync(new ApiRequest("GET", path) { Accept = accept, IfNoneMatch = ifNoneMatch }, TestContext.Current.CancellationToken);

    private sealed class Ledger : IExtensionApi
    {
        public string PathPrefix => "/apis/ledger.example.com/v1";

        public ValueTask<ApiResponse> SendAsync(UserInfo user, ApiRequest request, CancellationToken cancellation) => ValueTask.FromResult(new ApiResponse
        {
            StatusCode = 200,
            Body = System.Text.Encoding.UTF8.GetBytes("""{"kind":"APIResourceList","apiVersion":"v1","groupVersion":"ledger.example.com/v1","resources":[{"name":"runs","singularName":"run","namespaced":true,"kind":"Run","verbs":["get","list"]},{"name":"runs/log","singularName":"","namespaced":true,"kind":"Run","verbs":["get"]}]}"""),
        });
    }
}
