namespace Slipway.ApiServer.Tests.Admission.Policies;

public sealed class ValidatingPolicyTests : IAsyncLifetime
{
    private const string Group = "/apis/admissionregistration.k8s.io/v1";
    private const string OnConfigMaps = """{"resourceRules":[{"operations":["CREATE","UPDATE"],"apiGroups":[""],"apiVersions":["v1"],"resources":["configmaps"]}]}""";

    private TestApi _api = null!;

    public async ValueTask InitializeAsync() => _api = await TestApi.StartAsync();

    public ValueTask DisposeAsync() => _api.DisposeAsync();

    [Theory]
    [InlineData("""{"expression":"object.metadata.name.startsWith('a')","message":"names start with a"}""", "b", 422, "names start with a")]
    [InlineData("""{"expression":"object.metadata.name.startsWith('a')"}""", "b", 422, "failed expression: object.metadata.name.startsWith('a')")]
    [InlineData("""{"expression":"object.metadata.name.startsWith('a')","messageExpression":"'not ' + object.metadata.name","reason":"Forbidden"}""", "b", 403, "not b")]
    [InlineData("""{"expression":"object.metadata.name.startsWith('a')"}""", "a", 201, "")]
    [InlineData("""{"expression":"namespaceObject.metadata.name == 'default' && oldObject == null && request.operation == 'CREATE'"}""", "b", 201, "")]
    [InlineData("""{"expression":"authorizer.group('').resource('pods').namespace('default').check('create').allowed()"}""", "b", 201, "")]
    [InlineData("""{"expression":"variables.wanted == object.metadata.name","message":"another"}""", "b", 201, "")]
    [InlineData("""{"expression":"variables.twice == 'bbb'","messageExpression":"variables.twice"}""", "b", 422, "bb")]
    [InlineData("""{"expression":"object.data.none == 'x'"}""", "b", 422, "expression 'object.data.none == 'x'' resulted in error: no such key: none")]
    public async Task Validations(string validation, string name, int code, string message)
    {
        await PolicyAsync($$""" "variables":[{"name":"wanted","expression":"'b'"},{"name":"twice","expression":"variables.wanted + variables.wanted"}],"validations":[{{validation}}] """);
        await BindAsync();
        var answer = (await _api.PostAsync(Samples.ConfigMaps, Samples.ConfigMap(name, data: "\"k\":\"v\""))).Expect(code);
        if (code != 201)
            Assert.Equal($"configmaps \"{name}\" is forbidden: ValidatingAdmissionPolicy 'p' with binding 'b' denied request: {message}", answer["message"]);
    }

    [Fact]
    public async Task A_policy_without_a_binding_does_nothing()
    {
        await PolicyAsync(""" "validations":[{"expression":"false"}] """);
        (await _api.PostAsync(Samples.ConfigMaps, Samples.ConfigMap("a"))).Expect(201);
    }

    [Fact]
    public async Task A_binding_may_warn_alone()
    {
        await PolicyAsync(""" "validations":[{"expression":"false","message":"better not"}] """);
        await BindAsync(actions: "[\"Warn\",\"Audit\"]");
        var answer = (await _api.PostAsync(Samples.ConfigMaps, Samples.ConfigMap("a"))).Expect(201);
        Assert.Contains(answer.Headers, h => h.Value == "299 - \"Validation failed for ValidatingAdmissionPolicy 'p' with binding 'b': better not\"");
    }

    [Theory]
    [InlineData("""{"namespaceSelector":{"matchLabels":{"kubernetes.io/metadata.name":"default"}}}""", 422)]
    [InlineData("""{"namespaceSelector":{"matchLabels":{"kubernetes.io/metadata.name":"other"}}}""", 201)]
    [InlineData("""{"objectSelector":{"matchLabels":{"a":"b"}}}""", 201)]
    [InlineData("""{"resourceRules":[{"resourceNames":["a"],"operations":["*"],"apiGroups":["*"],"apiVersions":["*"],"resources":["*"]}]}""", 422)]
    [InlineData("""{"resourceRules":[{"resourceNames":["z"],"operations":["*"],"apiGroups":["*"],"apiVersions":["*"],"resources":["*"]}]}""", 201)]
    [InlineData("""{"excludeResourceRules":[{"operations":["*"],"apiGroups":[""],"apiVersions":["*"],"resources":["configmaps"]}]}""", 201)]
    public async Task A_binding_narrows_the_policy(string match, int code)
    {
        await PolicyAsync(""" "validations":[{"expression":"false"}] """);
        await BindAsync($""" ,"matchResources":{match} """);
        (await _api.PostAsync(Samples.ConfigMaps, Samples.ConfigMap("a"))).Expect(code);
    }

    [Theory]
    [InlineData("""{"name":"limits","namespace":"default","parameterNotFoundAction":"Deny"}""", 2, 422, "too many: 2")]
    [InlineData("""{"name":"limits","namespace":"default","parameterNotFoundAction":"Deny"}""", 1, 201, "")]
    [InlineData("""{"selector":{"matchLabels":{"kind":"limits"}},"namespace":"default","parameterNotFoundAction":"Deny"}""", 2, 422, "too many: 2")]
    [InlineData("""{"name":"none","namespace":"default","parameterNotFoundAction":"Allow"}""", 2, 201, "")]
    [InlineData("""{"name":"none","namespace":"default","parameterNotFoundAction":"Deny"}""", 1, 422, "failed to configure binding: no params found for policy binding with `Deny` parameterNotFoundAction")]
    public async Task Parameters(string reference, int keys, int code, string message)
    {
        (await _api.PostAsync(Samples.ConfigMaps, Samples.ConfigMap("limits", "\"kind\":\"limits\"", "\"max\":\"1\""))).Expect(201);
        await PolicyAsync("""
            "paramKind":{"apiVersion":"v1","kind":"ConfigMap"},
            "validations":[{"expression":"size(object.data) <= int(params.data.max)","messageExpression":"'too many: ' + string(size(object.data))"}]
            """);
        await BindAsync($""" ,"paramRef":{reference} """);
        var answer = (await _api.PostAsync(Samples.ConfigMaps, Samples.ConfigMap("a", data: string.Join(',', Enumerable.Range(0, keys).Select(i => $"\"k{i}\":\"v\""))))).Expect(code);
        if (code != 201) Assert.EndsWith($"denied request: {message}", answer["message"], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Fail", 422)]
    [InlineData("Ignore", 201)]
    public async Task Errors_follow_the_failure_policy(string policy, int code)
    {
        await PolicyAsync($$""" "failurePolicy":"{{policy}}","validations":[{"expression":"object.data.none == 'x'"}] """);
        await BindAsync();
        (await _api.PostAsync(Samples.ConfigMaps, Samples.ConfigMap("a"))).Expect(code);
    }

    [Fact]
    public async Task Conditions_are_asked_first()
    {
        await PolicyAsync(""" "matchConditions":[{"name":"n","expression":"object.metadata.name == 'a'"}],"validations":[{"expression":"false"}] """);
        await BindAsync();
        (await _api.PostAsync(Samples.ConfigMaps, Samples.ConfigMap("b"))).Expect(201);
        (await _api.PostAsync(Samples.ConfigMaps, Samples.ConfigMap("a"))).Expect(422);
    }

    [Fact]
    public async Task Expressions_are_compiled_when_they_are_written()
    {
        var refused = (await _api.PostAsync($"{Group}/validatingadmissionpolicies", Policy(""" "validations":[{"expression":"object.metadata.name +"}] """))).Expect(422);
        Assert.Contains("spec.validations[0].expression: Invalid value: \"object.metadata.name +\": compilation failed: ", refused["message"], StringComparison.Ordinal);
        Assert.Contains("spec.validations[0].expression: Invalid value: \"1 + 1\": must evaluate to bool but got int",
            (await _api.PostAsync($"{Group}/validatingadmissionpolicies", Policy(""" "validations":[{"expression":"1 + 1"}] """))).Expect(422)["message"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_does_not_compile_is_told_with_all_else_that_is_wrong()
    {
        var refused = (await _api.PostAsync($"{Group}/validatingadmissionpolicies", Policy("""
            "failurePolicy":"Odd","variables":[{"name":"a","expression":" "},{"name":"a-b","expression":"1 +"}],
            "validations":[{"expression":""},{"expression":"'a'","reason":"Odd","messageExpression":" "}],"auditAnnotations":[{"key":"k","valueExpression":"1"}]
            """))).Expect(422);
        Assert.Equal(
        [
            "spec.auditAnnotations[0].valueExpression", "spec.failurePolicy", "spec.validations[0].expression", "spec.validations[1].expression",
            "spec.validations[1].messageExpression", "spec.validations[1].reason", "spec.variables[0].expression", "spec.variables[1].expression", "spec.variables[1].name",
        ], refused.Json["details"]!["causes"]!.AsArray().Select(c => $"{c!["field"]}").Order(StringComparer.Ordinal));
        Assert.Contains("spec.validations[1].expression: Invalid value: \"'a'\": must evaluate to bool but got string", refused["message"], StringComparison.Ordinal);
    }

    // For each resource that is named the types are those of its schema; the policy works whatever is found.
    [Theory]
    [InlineData("apps", "deployments", """ "validations":[{"expression":"object.spec.replicas <= 5"}] """, "{}")]
    [InlineData("apps", "deployments", """ "validations":[{"expression":"object.spec.replicas > '1'"}] """,
        "spec.validations[0].expression: apps/v1, Kind=Deployment: ERROR: <input>:1:22: found no matching overload for '_>_' applied to '(int, string)'\n | object.spec.replicas > '1'\n | .....................^\n")]
    [InlineData("apps", "deployments", """ "variables":[{"name":"n","expression":"object.spec.replicaz"}],"validations":[{"expression":"variables.n == 1","messageExpression":"'is ' + object.spec.paused"}] """,
        "spec.validations[0].messageExpression: apps/v1, Kind=Deployment: ERROR: <input>:1:7: found no matching overload for '_+_' applied to '(string, bool)'\n | 'is ' + object.spec.paused\n | ......^\n")]
    [InlineData("", "configmaps", """ "validations":[{"expression":"has(object.metadata.labels) && object.metadata.labels.all(k, k != '') && object.metadata.creationTimestamp != ''"},{"expression":"object.spec != null"}] """,
        "spec.validations[1].expression: v1, Kind=ConfigMap: ERROR: <input>:1:7: undefined field 'spec'\n | object.spec != null\n | ......^\n")]
    [InlineData("apiextensions.k8s.io", "customresourcedefinitions", """ "validations":[{"expression":"object.spec.versions.all(v, v.schema.openAPIV3Schema.properties['spec'].type == 'object')"}] """, "{}")]
    [InlineData("*", "*", """ "validations":[{"expression":"object.anything > 1"}] """, "{}")]
    [InlineData("slipway.dev", "flows", """ "paramKind":{"apiVersion":"v1","kind":"ConfigMap"},"validations":[{"expression":"object.metadata.labels['a'] == params.data.a && object.spec.taskz == []"}] """,
        "spec.validations[0].expression: slipway.dev/v1alpha1, Kind=Flow: ERROR: <input>:1:60: undefined field 'taskz'\n")]
    public async Task Types_are_checked_and_told_of_in_the_status(string group, string resource, string spec, string expected)
    {
        await using var watch = await _api.WatchAsync($"{Group}/validatingadmissionpolicies?watch=true");
        (await _api.PostAsync($"{Group}/validatingadmissionpolicies", Policy(spec).Replace("\"apiGroups\":[\"\"]", $"\"apiGroups\":[\"{group}\"]", StringComparison.Ordinal)
            .Replace("\"configmaps\"", $"\"{resource}\"", StringComparison.Ordinal).Replace("[\"v1\"]", "[\"v1\",\"v1alpha1\"]", StringComparison.Ordinal))).Expect(201);
        WatchLine? line;
        do line = await watch.NextAsync();
        while (line!.Object["status"]?["observedGeneration"] is null);
        Assert.Equal("1", line.Object["status"]!["observedGeneration"]!.ToString());
        var found = line.Object["status"]!["typeChecking"]!;
        if (expected == "{}") Assert.Equal("{}", found.ToJsonString());
        else
        {
            var warning = Assert.Single(found["expressionWarnings"]!.AsArray())!;
            var told = $"{warning["fieldRef"]}: {warning["warning"]}";
            Assert.True(told.StartsWith(expected.TrimEnd(), StringComparison.Ordinal), told);
        }

        // A policy that changes is looked at again.
        (await _api.MergeAsync($"{Group}/validatingadmissionpolicies/p", """{"spec":{"validations":[{"expression":"true"}]}}""")).Expect(200);
        do line = await watch.NextAsync();
        while (line!.Object["status"]!["observedGeneration"]!.ToString() != "2");
        Assert.Null(line.Object["status"]!["typeChecking"]?["expressionWarnings"]);
    }

    private static string Policy(string spec) => $$$$"""
        {"apiVersion":"admissionregistration.k8s.io/v1","kind":"ValidatingAdmissionPolicy","metadata":{"name":"p"},"spec":{"matchConstraints":{{{{OnConfigMaps}}}},{{{{spec}}}}}}
        """;

    private async Task PolicyAsync(string spec) => (await _api.PostAsync($"{Group}/validatingadmissionpolicies", Policy(spec))).Expect(201);

    private async Task BindAsync(string extra = "", string actions = "[\"Deny\"]") => (await _api.PostAsync($"{Group}/validatingadmissionpolicybindings", $$$$"""
        {"apiVersion":"admissionregistration.k8s.io/v1","kind":"ValidatingAdmissionPolicyBinding","metadata":{"name":"b"},"spec":{"policyName":"p","validationActions":{{{{actions}}}}{{{{extra}}}}}}
        """)).Expect(201);
}
