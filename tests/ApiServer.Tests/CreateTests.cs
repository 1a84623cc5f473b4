using Slipway.Api.Schemas;
using static Slipway.ApiServer.Tests.Samples;

namespace Slipway.ApiServer.Tests;

public sealed class CreateTests
{
    [Fact]
    public async Task The_server_fills_in_what_is_its_own()
    {
        await using var api = await TestApi.StartAsync();
        var created = (await api.PostAsync(ConfigMaps, """
            {"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a","uid":"mine","creationTimestamp":"2001-01-01T00:00:00Z","managedFields":[]}}
            """)).Expect(201);
        Assert.Equal("default", created["metadata.namespace"]);
        Assert.NotEqual("mine", created["metadata.uid"]);
        Assert.True(Guid.TryParse(created["metadata.uid"], out _));
        Assert.NotEqual("2001-01-01T00:00:00Z", created["metadata.creationTimestamp"]);
        Assert.Null(created["metadata.managedFields"]);
        Assert.Equal(created.Body, (await api.GetAsync($"{ConfigMaps}/a")).Expect(200).Body);
    }

    [Fact]
    public async Task Kind_and_version_of_a_built_in_kind_may_be_left_to_the_path()
    {
        await using var api = await TestApi.StartAsync();
        var created = (await api.PostAsync(ConfigMaps, """{"metadata":{"name":"a"}}""")).Expect(201);
        Assert.Equal("v1 ConfigMap", $"{created["apiVersion"]} {created["kind"]}");
    }

    [Fact]
    public async Task A_generated_name_begins_with_its_prefix_and_is_drawn_again_when_it_is_taken()
    {
        // The same seed draws the same names, so the second object's first draw is taken.
        await using var api = await TestApi.StartAsync(new ApiServerOptions { Random = new RepeatingRandom() });
        const string body = """{"apiVersion":"v1","kind":"ConfigMap","metadata":{"generateName":"job-"}}""";
        var first = (await api.PostAsync(ConfigMaps, body)).Expect(201);
        var second = (await api.PostAsync(ConfigMaps, body)).Expect(201);
        Assert.Matches("^job-[bcdfghjklmnpqrstvwxz2456789]{5}$", first["metadata.name"]!);
        Assert.NotEqual(first["metadata.name"], second["metadata.name"]);
    }

    [Theory]
    [InlineData("a", """{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"taken"}}""", 409, "AlreadyExists", "configmaps \"taken\" already exists")]
    [InlineData("b", """{"apiVersion":"v1","kind":"ConfigMap","metadata":{}}""", 422, "Invalid", "name or generateName is required")]
    [InlineData("c", """{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"No_Good"}}""", 422, "Invalid", "metadata.name")]
    [InlineData("d", """{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a","namespace":"other"}}""", 400, "BadRequest", "does not match the namespace")]
    [InlineData("e", """{"apiVersion":"v1","kind":"Secret","metadata":{"name":"a"}}""", 400, "BadRequest", "Secret")]
    [InlineData("f", """{"apiVersion":"v2","kind":"ConfigMap","metadata":{"name":"a"}}""", 400, "BadRequest", "API version")]
    [InlineData("g", """{"apiVersion":"","kind":"ConfigMap","metadata":{"name":"a"}}""", 400, "BadRequest", "apiVersion")]
    [InlineData("h", """{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a","resourceVersion":"5"}}""", 400, "BadRequest", "resourceVersion should not be set")]
    [InlineData("i", """{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"},"data":{"k":1}}""", 400, "BadRequest", "data[k]")]
    [InlineData("j", """{"apiVersion":"v1" "kind"}""", 400, "BadRequest", "line 1, column")]
    [InlineData("k", "", 400, "BadRequest", "empty")]
    [InlineData("l", "[]", 400, "BadRequest", "object")]
    public async Task What_cannot_be_created_is_refused_with_the_reason(string _, string body, int code, string reason, string message)
    {
        await using var api = await TestApi.StartAsync();
        await api.PostAsync(ConfigMaps, ConfigMap("taken"));
        var refused = (await api.PostAsync(ConfigMaps, body)).Expect(code);
        Assert.Equal("Status", refused["kind"]);
        Assert.Equal("Failure", refused["status"]);
        Assert.Equal(reason, refused["reason"]);
        Assert.Contains(message, refused["message"], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{\"unknownField\":1,\"replicas\":2,\"replicas\":3,\"x\":1,\"selector\":{}}", "strict decoding error: unknown field \"spec.unknownField\", duplicate field \"spec.replicas\", unknown field \"spec.x\"")]
    [InlineData("{\"replicsa\":1,\"template\":{\"specs\":{}},\"paused\":true,\"paused\":false}", "strict decoding error: unknown field \"spec.replicsa\", unknown field \"spec.template.specs\", duplicate field \"spec.paused\", did you mean \"replicas\" and \"spec\"?")]
    public async Task Strict_errors_come_in_the_order_of_the_document_and_hints_behind_them(string spec, string message)
    {
        await using var api = await TestApi.StartAsync();
        var refused = (await api.PostAsync("/apis/apps/v1/namespaces/default/deployments?fieldValidation=Strict", $$"""{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"d"},"spec":{{spec}}}""")).Expect(400);
        Assert.Equal($"Deployment in version \"v1\" cannot be handled as a Deployment: {message}", refused["message"]);
    }

    [Theory]
    [InlineData("\"metadata\":{\"name\":\"p\",\"namespace\":5}", "metadata.namespace: Invalid value: 5: must be of type string, not integer")]
    [InlineData("\"metadata\":{\"name\":\"p\",\"uid\":5}", "metadata.uid: Invalid value: 5: must be of type string, not integer")]
    [InlineData("\"metadata\":{\"name\":\"p\",\"generation\":\"x\"}", "metadata.generation: Invalid value: \"x\": must be of type integer, not string")]
    [InlineData("\"metadata\":{\"name\":\"p\",\"managedFields\":\"x\"}", "metadata.managedFields: Invalid value: \"x\": must be of type array, not string")]
    [InlineData("\"metadata\":{\"name\":\"p\",\"creationTimestamp\":\"zz\"}", "metadata.creationTimestamp: Invalid value: \"zz\": must be a time as in RFC 3339, such as \"2006-01-02T15:04:05Z\"")]
    [InlineData("\"metadata\":{\"name\":\"p\"},\"data\":{\"a\":1,\"b\":[]}", "data[a]: Invalid value: 1: must be of type string, not integer, data[b]: Invalid value: \"array\": must be of type string, not array")]
    public async Task What_cannot_be_read_as_its_kind_is_a_bad_request(string fields, string message)
    {
        await using var api = await TestApi.StartAsync();
        var refused = (await api.PostAsync(ConfigMaps, $$"""{"apiVersion":"v1","kind":"ConfigMap",{{fields}}}""")).Expect(400);
        Assert.Equal("BadRequest", refused["reason"]);
        Assert.Equal($"ConfigMap in version \"v1\" cannot be handled as a ConfigMap: {message}", refused["message"]);
    }

    [Fact]
    public async Task All_errors_of_a_readable_document_are_told_at_once()
    {
        await using var api = await TestApi.StartAsync();
        var refused = (await api.PostAsync(Pods, """{"apiVersion":"v1","kind":"Pod","metadata":{"name":"p"},"spec":{"restartPolicy":"Foo","dnsPolicy":"None","containers":[{"name":"A"},{"image":"i"}]}}""")).Expect(422);
        var fields = refused.Json["details"]!["causes"]!.AsArray().Select(c => c!["field"]!.ToString());
        Assert.Equal(["spec.containers[0].image", "spec.containers[0].name", "spec.containers[1].name", "spec.dnsConfig", "spec.restartPolicy"], fields.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Objects_of_namespaces_are_not_created_outside_of_them()
    {
        await using var api = await TestApi.StartAsync();
        Assert.Equal("MethodNotAllowed", (await api.PostAsync("/api/v1/configmaps", ConfigMap("a"))).Expect(405)["reason"]);
    }

    [Fact]
    public async Task Unknown_fields_are_refused_warned_of_or_ignored_as_the_client_asks()
    {
        await using var api = await TestApi.StartAsync();
        var body = Pod("p", ",\"restartPolcy\":\"Never\"");
        var refused = (await api.PostAsync($"{Pods}?fieldValidation=Strict", body)).Expect(400);
        Assert.Contains("strict decoding error: unknown field \"spec.restartPolcy\"", refused["message"], StringComparison.Ordinal);
        Assert.Contains("restartPolicy", refused["message"], StringComparison.Ordinal);

        var warned = (await api.PostAsync($"{Pods}?dryRun=All", body)).Expect(201);
        var warning = Assert.Single(warned.Headers, h => h.Key == "Warning").Value;
        Assert.StartsWith("299 - \"unknown field \\\"spec.restartPolcy\\\"", warning, StringComparison.Ordinal);
        Assert.Null(warned["spec.restartPolcy"]);

        var ignored = (await api.PostAsync($"{Pods}?fieldValidation=Ignore", body)).Expect(201);
        Assert.Empty(ignored.Headers);
        Assert.Null(ignored["spec.restartPolcy"]);
        Assert.Equal("CreateOptions.meta.k8s.io \"\" is invalid: fieldValidation: Unsupported value: \"Maybe\": supported values: \"\", \"Ignore\", \"Strict\", \"Warn\"",
            (await api.PostAsync($"{Pods}?fieldValidation=Maybe", body)).Expect(422)["message"]);
    }

    [Fact]
    public async Task A_dry_run_does_everything_but_commit()
    {
        await using var api = await TestApi.StartAsync();
        var before = api.Store.Revision;
        var created = (await api.PostAsync($"{ConfigMaps}?dryRun=All", ConfigMap("a"))).Expect(201);
        Assert.NotNull(created["metadata.uid"]);
        Assert.Null(created["metadata.resourceVersion"]);
        Assert.Equal(before, api.Store.Revision);
        (await api.GetAsync($"{ConfigMaps}/a")).Expect(404);
        (await api.PostAsync($"{ConfigMaps}?dryRun=Some", ConfigMap("a"))).Expect(422);
    }

    [Fact]
    public async Task A_namespace_must_exist_and_not_be_going_away()
    {
        await using var api = await TestApi.StartAsync();
        var missing = (await api.PostAsync("/api/v1/namespaces/none/configmaps", ConfigMap("a"))).Expect(404);
        Assert.Equal("namespaces \"none\" not found", missing["message"]);

        (await api.PostAsync("/api/v1/namespaces", """{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"leaving"}}""")).Expect(201);
        (await api.DeleteAsync("/api/v1/namespaces/leaving")).Expect(200);
        var refused = (await api.PostAsync("/api/v1/namespaces/leaving/configmaps", ConfigMap("a"))).Expect(403);
        Assert.Equal("configmaps \"a\" is forbidden: unable to create new content in namespace leaving because it is being terminated", refused["message"]);
        Assert.Equal("NamespaceTerminating", refused["details.causes.0.reason"]);
    }

    [Fact]
    public async Task Yaml_is_taken_and_given()
    {
        await using var api = await TestApi.StartAsync();
        var created = (await api.SendAsync("POST", ConfigMaps, """
            apiVersion: v1
            kind: ConfigMap
            metadata: { name: a }
            data: { k: "1" }
            """, "application/yaml", accept: "application/yaml")).Expect(201);
        Assert.Equal("application/yaml", created.ContentType);
        Assert.Contains("data:\n  k: \"1\"\n", created.Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_object_that_cannot_be_stored_for_its_size_is_refused()
    {
        await using var api = await TestApi.StartAsync();
        var refused = (await api.PostAsync(Pods, Pod("a", $",\"hostname\":\"h\",\"nodeSelector\":{{{string.Join(',', Enumerable.Range(0, 110_000).Select(i => $"\"label{i}\":\"v\""))}}}"))).Expect(413);
        Assert.Contains("at most 1572864 bytes can be stored", refused["message"], StringComparison.Ordinal);
    }

    /// <summary>Gives each text twice in a row.</summary>
    private sealed class RepeatingRandom : Random
    {
        private readonly Random _source = new(7);
        private int _calls;
        private int[] _last = [];

        public override int Next(int maxValue) => _source.Next(maxValue);

        public override void NextBytes(Span<byte> buffer) => _source.NextBytes(buffer);

        public override int Next(int minValue, int maxValue)
        {
            // Names are five draws; each five are given twice.
            var place = _calls % 10;
            _calls++;
            if (place == 0) _last = [.. Enumerable.Range(0, 5).Select(_ => _source.Next(minValue, maxValue))];
            return _last[place % 5];
        }
    }

    [Fact]
    public async Task A_name_that_no_key_can_hold_is_refused()
    {
        await using var api = await TestApi.StartAsync();
        var refusal = (await api.PostAsync("/apis/rbac.authorization.k8s.io/v1/clusterroles", """{"apiVersion":"rbac.authorization.k8s.io/v1","kind":"ClusterRole","metadata":{"name":"a\u0000b"},"rules":[]}""")).Expect(422);
        Assert.Equal("metadata.name", refusal["details.causes.0.field"]);
    }

    [Theory]
    [InlineData("apps", "StatefulSet", "spec: {serviceName: s, updateStrategy: {type: Odd}, TEMPLATE}", "spec.updateStrategy: Invalid value: {\"type\":\"Odd\"}: must be 'RollingUpdate' or 'OnDelete'")]
    [InlineData("apps", "StatefulSet", "spec: {serviceName: s, podManagementPolicy: Odd, TEMPLATE}", "spec.podManagementPolicy: Invalid value: \"Odd\": must be 'OrderedReady' or 'Parallel'")]
    [InlineData("apps", "StatefulSet", "spec: {serviceName: s, updateStrategy: {type: Recreate}, TEMPLATE}", "spec.updateStrategy: Invalid value: {\"type\":\"Recreate\"}: must be 'RollingUpdate' or 'OnDelete'")]
    [InlineData("apps", "Deployment", "spec: {strategy: {type: Odd}, TEMPLATE}", "spec.strategy: Unsupported value: \"Odd\": supported values: \"Recreate\", \"RollingUpdate\"")]
    [InlineData("apps", "DaemonSet", "spec: {updateStrategy: {type: Odd}, TEMPLATE}", "spec.updateStrategy: Unsupported value: ")]
    [InlineData("", "PersistentVolumeClaim", "spec: {accessModes: [Odd], resources: {requests: {storage: 1Gi}}}", "spec.accessModes: Unsupported value: \"Odd\": supported values: \"ReadOnlyMany\", \"ReadWriteMany\", \"ReadWriteOnce\", \"ReadWriteOncePod\"")]
    [InlineData("", "ResourceQuota", "spec: {scopes: [Odd]}", "spec.scopes: Invalid value: [\"Odd\"]: unsupported scope")]
    [InlineData("", "Service", "spec: {ports: [{port: 80}], type: Odd}", "spec.type: Unsupported value: \"Odd\": supported values: \"ClusterIP\", \"ExternalName\", \"LoadBalancer\", \"NodePort\"")]
    public async Task A_word_that_is_not_known_is_told_once_in_the_words_of_the_rules(string group, string kind, string yaml, string expected)
    {
        await using var api = await TestApi.StartAsync();
        var type = BuiltInKinds.Find(group, kind)!;
        var root = group.Length == 0 ? "/api/v1" : $"/apis/{group}/v1";
        yaml = yaml.Replace("TEMPLATE", "selector: {matchLabels: {a: b}}, template: {metadata: {labels: {a: b}}, spec: {containers: [{name: c, image: i}]}}", StringComparison.Ordinal);
        var refused = (await api.SendAsync("POST", $"{root}/namespaces/default/{type.Plural}", $"apiVersion: {type.ApiVersion}\nkind: {kind}\nmetadata: {{name: x}}\n{yaml}", "application/yaml")).Expect(422);
        var cause = Assert.Single(refused.Json["details"]!["causes"]!.AsArray())!;
        var told = $"{cause["field"]}: {cause["message"]}";
        Assert.True(told.StartsWith(expected, StringComparison.Ordinal), told);
    }

    [Fact]
    public async Task A_null_is_an_absent_property_or_an_empty_item()
    {
        await using var api = await TestApi.StartAsync();
        var pod = (await api.PostAsync("/api/v1/namespaces/default/pods", """
            {"apiVersion":"v1","kind":"Pod","metadata":{"name":"p","labels":null},"spec":{"hostname":null,"imagePullSecrets":[null],"containers":[{"name":"c","image":"i","args":["a",null]}]}}
            """)).Expect(201);
        Assert.Equal((null, null, ""), (pod["metadata.labels"], pod["spec.hostname"], pod["spec.containers.0.args.1"]));
        Assert.IsType<System.Text.Json.Nodes.JsonObject>(pod.Json["spec"]!["imagePullSecrets"]![0]);
        Assert.Contains("subsets[0]", (await api.PostAsync("/api/v1/namespaces/default/endpoints",
            """{"apiVersion":"v1","kind":"Endpoints","metadata":{"name":"e"},"subsets":[null]}""")).Expect(422)["message"], StringComparison.Ordinal);
    }
}
