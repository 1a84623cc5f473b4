using System.Text.Json.Nodes;
using Slipway.ApiServer.Tests.Admission.Webhooks;
using Slipway.ApiServer.Tests.Webhooks;

namespace Slipway.ApiServer.Tests.Admission.Policies;

public sealed class MutatingPolicyTests : WebhookTest
{
    private const string Group = "/apis/admissionregistration.k8s.io/v1";
    private const string OnDeployments = """{"operations":["CREATE","UPDATE"],"apiGroups":["apps"],"apiVersions":["v1"],"resources":["deployments"]}""";
    private const string Deployments = "/apis/apps/v1/namespaces/default/deployments";

    /// <summary>Mutations of a Deployment with one replica, and what is where after them.</summary>
    [Theory]
    [InlineData("Object{spec: Object.spec{replicas: object.spec.replicas + 100}}", "spec.replicas", "101")]
    [InlineData("Object{metadata: Object.metadata{labels: {'a': 'b', 'c': request.operation}}}", "metadata.labels.c", "CREATE")]
    [InlineData("Object{metadata: Object.metadata{annotations: {'ns': namespaceObject.metadata.name}}}", "metadata.annotations.ns", "default")]
    [InlineData("Object{spec: Object.spec{template: Object.spec.template{spec: Object.spec.template.spec{containers: [Object.spec.template.spec.containers{name: 'c', imagePullPolicy: 'Always'}]}}}}", "spec.template.spec.containers.0.imagePullPolicy", "Always")]
    [InlineData("Object{spec: Object.spec{template: Object.spec.template{spec: Object.spec.template.spec{containers: [Object.spec.template.spec.containers{name: 'c', env: [Object.spec.template.spec.containers.env{name: 'E', value: 'v'}]}]}}}}", "spec.template.spec.containers.0.image", "i")]
    [InlineData("Object{spec: Object.spec{template: Object.spec.template{spec: Object.spec.template.spec{initContainers: [Object.spec.template.spec.initContainers{name: 'mesh', image: 'proxy', restartPolicy: 'Always'}]}}}}", "spec.template.spec.initContainers.0.terminationMessagePath", "/dev/termination-log")]
    [InlineData("Object{}", "spec.replicas", "1")]
    public async Task Configurations_are_merged_as_by_server_side_apply(string expression, string path, string value)
    {
        await PolicyAsync(Configuration(expression));
        await BindAsync();
        var created = (await DeployAsync()).Expect(201);
        Assert.Equal(value, created[path]);
        Assert.Equal(value, (await Api.GetAsync($"{Deployments}/d"))[path]);
    }

    [Theory]
    [InlineData("[JSONPatch{op: 'replace', path: '/spec/replicas', value: object.spec.replicas + 10}]", "spec.replicas", "11")]
    [InlineData("[JSONPatch{op: 'add', path: '/metadata/labels', value: {}}, JSONPatch{op: 'add', path: '/metadata/labels/' + jsonpatch.escapeKey('example/a'), value: 'x'}]", "metadata.labels.example/a", "x")]
    [InlineData("[JSONPatch{op: 'test', path: '/spec/replicas', value: 2}, JSONPatch{op: 'replace', path: '/spec/replicas', value: 3}]", "spec.replicas", "1")]
    [InlineData("[JSONPatch{op: 'test', path: '/spec/replicas', value: 1}, JSONPatch{op: 'replace', path: '/spec/replicas', value: 3}]", "spec.replicas", "3")]
    [InlineData("[JSONPatch{op: 'copy', from: '/spec/replicas', path: '/spec/minReadySeconds'}]", "spec.minReadySeconds", "1")]
    [InlineData("[JSONPatch{op: 'remove', path: '/spec/replicas'}]", "spec.replicas", "1")]
    [InlineData("[JSONPatch{op: 'add', path: '/metadata/labels', value: {'value': Object{field: 'fieldValue'}.field}}]", "metadata.labels.value", "fieldValue")]
    [InlineData("[JSONPatch{op: 'add', path: '/metadata/labels', value: {'set': string(has(Object{field: 'x'}.field)), 'unset': string(has(Object{}.field)), 'same': string(Object{f: 'x'} == Object{f: 'x'})}}]", "metadata.labels.unset", "false")]
    [InlineData("has(object.metadata.labels) ? [] : [JSONPatch{op: 'add', path: '/metadata/labels', value: {'a': 'b'}}]", "metadata.labels.a", "b")]
    [InlineData("[JSONPatch{op: 'add', path: '/spec/template/spec/containers/-', value: Object.spec.template.spec.containers{name: 'side', image: 'j'}}]", "spec.template.spec.containers.1.name", "side")]
    public async Task Patches_are_applied(string expression, string path, string value)
    {
        await PolicyAsync(Patch(expression));
        await BindAsync();
        Assert.Equal(value, (await DeployAsync()).Expect(201)[path]);
    }

    [Fact]
    public async Task Mutations_see_those_before_them()
    {
        await PolicyAsync($"{Configuration("Object{spec: Object.spec{replicas: object.spec.replicas + 100}}")}, {Patch("[JSONPatch{op: 'replace', path: '/spec/replicas', value: object.spec.replicas + 10}]")}");
        await BindAsync();
        Assert.Equal("111", (await DeployAsync()).Expect(201)["spec.replicas"]);
    }

    [Theory]
    [InlineData("Object{spec: Object.spec{replicas: object.spec.none}}", "expression 'Object{spec: Object.spec{replicas: object.spec.none}}' resulted in error: no such key: none")]
    [InlineData("Object{spec: Object.spec{selector: Object.spec.wrong{}}}", "type mismatch: unexpected type name \"Object.spec.wrong\", expected \"Object.spec.selector\", which matches field name path from root Object type")]
    [InlineData("Object{spec: Object.spec{selector: Object.spec.selector{matchLabels: {'a': 'c'}}}}", "error applying patch: invalid ApplyConfiguration: may not mutate atomic arrays, maps or structs: .spec.selector")]
    [InlineData("Object{spec: Object.spec{template: Object.spec.template{spec: Object.spec.template.spec{containers: [Object.spec.template.spec.containers{name: 'c', args: ['x']}]}}}}", "error applying patch: invalid ApplyConfiguration: may not mutate atomic arrays, maps or structs: .spec.template.spec.containers[0].args")]
    [InlineData("Object{spec: Object.spec{replica: 1}}", "error applying patch: failed to convert patch object to typed object: .spec.replica: field not declared in schema, did you mean \"replicas\"?")]
    [InlineData("Object{spec: Object.spec{replicas: 'x'}}", "error applying patch: failed to convert patch object to typed object: .spec.replicas: expected numeric (int or float), got string")]
    public async Task What_cannot_be_applied_refuses_the_request(string expression, string message)
    {
        await PolicyAsync(Configuration(expression));
        await BindAsync();
        var refused = (await DeployAsync()).Expect(403);
        Assert.Equal($"policy 'p' with binding 'b' denied request: {message}", refused["message"]);
        Assert.Equal("Invalid", refused["reason"]);
        Assert.Equal(refused["message"], refused["details.causes.0.message"]);
    }

    [Theory]
    [InlineData("[JSONPatch{op: 'remove', path: '/spec/none'}]", 403, "policy 'p' with binding 'b' denied request: JSON Patch: operation 0 of the JSON patch, remove /spec/none, does not apply: ")]
    [InlineData("[JSONPatch{op: 'add', path: '/spec/none', value: 1}]", 500, "Internal error occurred: strict decoding error: unknown field \"spec.none\"")]
    [InlineData("[JSONPatch{op: 'replace', path: '/kind', value: 'Other'}]", 500, "Internal error occurred: the patch leaves no apps/v1, Kind=Deployment")]
    [InlineData("[JSONPatch{op: 'replace', path: '/spec/replicas', value: -1}]", 422, "Deployment.apps \"d\" is invalid: spec.replicas: Invalid value: -1: ")]
    public async Task A_patch_that_does_not_apply_refuses_the_request(string expression, int code, string message)
    {
        await PolicyAsync(Patch(expression));
        await BindAsync();
        Assert.StartsWith(message, (await DeployAsync()).Expect(code)["message"], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Fail", 403, null)]
    [InlineData("Ignore", 201, "1")]
    public async Task Errors_follow_the_failure_policy(string policy, int code, string? replicas)
    {
        await PolicyAsync(Configuration("Object{spec: Object.spec{replicas: object.spec.none}}"), $"\"failurePolicy\":\"{policy}\"");
        await BindAsync();
        Assert.Equal(replicas, (await DeployAsync()).Expect(code)["spec.replicas"]);
    }

    [Theory]
    [InlineData("object.spec.replicas == 1", "9")]
    [InlineData("object.spec.replicas == 2", "1")]
    [InlineData("request.name == 'd' && !request.dryRun", "9")]
    public async Task Conditions_are_asked_first(string condition, string replicas)
    {
        await PolicyAsync(Configuration("Object{spec: Object.spec{replicas: 9}}"), $$"""  "matchConditions":[{"name":"n","expression":"{{condition}}"}] """);
        await BindAsync();
        Assert.Equal(replicas, (await DeployAsync()).Expect(201)["spec.replicas"]);
    }

    [Theory]
    [InlineData("""{"name":"sizes","namespace":"default","parameterNotFoundAction":"Deny"}""", 201, "7")]
    [InlineData("""{"selector":{"matchLabels":{"kind":"sizes"}},"parameterNotFoundAction":"Deny"}""", 201, "7")]
    [InlineData("""{"name":"none","parameterNotFoundAction":"Allow"}""", 201, "1")]
    [InlineData("""{"name":"none","parameterNotFoundAction":"Deny"}""", 403, "policy 'p' with binding 'b' denied request: failed to configure binding: no params found for policy binding with `Deny` parameterNotFoundAction")]
    public async Task Parameters_and_variables(string reference, int code, string expected)
    {
        (await Api.PostAsync(Samples.ConfigMaps, Samples.ConfigMap("sizes", "\"kind\":\"sizes\"", "\"replicas\":\"6\""))).Expect(201);
        await PolicyAsync(
            Configuration("Object{spec: Object.spec{replicas: variables.wanted + 1}}"),
            """ "paramKind":{"apiVersion":"v1","kind":"ConfigMap"},"variables":[{"name":"text","expression":"params.data.replicas"},{"name":"wanted","expression":"int(variables.text)"}] """);
        await BindAsync($""" ,"paramRef":{reference} """);
        var answer = (await DeployAsync()).Expect(code);
        Assert.Equal(expected, answer[code == 201 ? "spec.replicas" : "message"]);
    }

    [Fact]
    public async Task A_policy_acts_only_where_it_is_bound_and_on_what_it_names()
    {
        await PolicyAsync(Configuration("Object{metadata: Object.metadata{labels: {'a': 'b'}}}"));
        Assert.Null((await DeployAsync("x")).Expect(201)["metadata.labels.a"]);
        await BindAsync(""" ,"matchResources":{"objectSelector":{"matchLabels":{"mutate":"yes"}}} """);
        Assert.Null((await DeployAsync("y")).Expect(201)["metadata.labels.a"]);
        Assert.Equal("b", (await DeployAsync("z", "\"mutate\":\"yes\""))["metadata.labels.a"]);
        Assert.Null((await Api.PostAsync(Samples.ConfigMaps, Samples.ConfigMap("c", "\"mutate\":\"yes\""))).Expect(201)["metadata.labels.a"]);
    }

    [Fact]
    public async Task Updates_and_dry_runs_are_mutated_and_deletions_pass()
    {
        await PolicyAsync(Configuration("Object{metadata: Object.metadata{labels: {'seen': request.operation + string(request.dryRun)}}}"));
        await BindAsync();
        Assert.Equal("CREATEtrue", (await Api.PostAsync($"{Deployments}?dryRun=All", Deployment("d"))).Expect(201)["metadata.labels.seen"]);
        (await Api.GetAsync($"{Deployments}/d")).Expect(404);
        (await DeployAsync()).Expect(201);
        Assert.Equal("UPDATEfalse", (await Api.MergeAsync($"{Deployments}/d", """{"spec":{"replicas":2}}""")).Expect(200)["metadata.labels.seen"]);
        (await Api.DeleteAsync($"{Deployments}/d")).Expect(200);
    }

    [Fact]
    public async Task A_policy_that_asks_for_it_is_applied_again_after_a_later_change()
    {
        const string count = "Object{metadata: Object.metadata{annotations: {'NAME': string(1 + (has(object.metadata.annotations) && 'NAME' in object.metadata.annotations ? int(object.metadata.annotations['NAME']) : 0))}}}";
        static string Counting(string name) => count.Replace("NAME", name, StringComparison.Ordinal);
        await PolicyAsync(Configuration(Counting("again")), reinvocation: "IfNeeded", name: "a-again");
        await PolicyAsync(Configuration(Counting("never")), name: "b-never");
        await BindAsync(name: "a", policy: "a-again");
        await BindAsync(name: "b", policy: "b-never");
        var created = (await DeployAsync()).Expect(201);
        Assert.Equal("""{"again":"2","never":"1"}""", created.Json["metadata"]!["annotations"]!.ToJsonString());
    }

    [Fact]
    public async Task Policies_come_before_webhooks_and_again_after_what_these_change()
    {
        Hooks.On("hook", _ => WebhookServer.Patch("""[{"op":"add","path":"/metadata/labels/hook","value":"yes"}]"""));
        await ConfigureAsync("Mutating", "hook", """{"operations":["CREATE"],"apiGroups":["apps"],"apiVersions":["v1"],"resources":["deployments"]}""");
        await PolicyAsync(Configuration("Object{metadata: Object.metadata{labels: {'saw': string(has(object.metadata.labels) && 'hook' in object.metadata.labels), 'p': 'yes'}}}"), reinvocation: "IfNeeded");
        await BindAsync();
        Assert.Equal("true", (await DeployAsync()).Expect(201)["metadata.labels.saw"]);
        Assert.Equal("yes", LastRequest["object"]!["metadata"]!["labels"]!["p"]!.GetValue<string>());
    }

    [Fact]
    public async Task Scales_and_custom_resources_are_mutated_too()
    {
        (await Api.PostAsync(Samples.Definitions, Samples.Definition())).Expect(201);
        await PolicyAsync(Configuration("Object{spec: Object.spec{image: 'set'}}"), on: """{"operations":["*"],"apiGroups":["stable.example.com"],"apiVersions":["*"],"resources":["*"]}""", name: "c");
        await BindAsync(name: "c", policy: "c");
        Assert.Equal("set", (await Api.PostAsync(Samples.CronTabs, Samples.CronTab("c"))).Expect(201)["spec.image"]);

        await PolicyAsync(Configuration("Object{spec: Object.spec{replicas: object.spec.replicas > 3 ? 3 : object.spec.replicas}}"), on: """{"operations":["UPDATE"],"apiGroups":["apps"],"apiVersions":["v1"],"resources":["deployments/scale"]}""", name: "s");
        await BindAsync(name: "s", policy: "s");
        (await DeployAsync()).Expect(201);
        Assert.Equal("3", (await Api.MergeAsync($"{Deployments}/d/scale", """{"spec":{"replicas":9}}""")).Expect(200)["spec.replicas"]);
    }

    [Theory]
    [InlineData("applyConfiguration", "Object{spec: Object.spec{replicas: 1 + 'a'}}", "compilation failed: ")]
    [InlineData("applyConfiguration", "1 + 1", "must evaluate to Object but got int")]
    [InlineData("applyConfiguration", "object", "must evaluate to Object but got dyn")]
    [InlineData("applyConfiguration", "Object.spec{}", "must evaluate to Object but got Object.spec")]
    [InlineData("applyConfiguration", "Other{}", "compilation failed: ")]
    [InlineData("applyConfiguration", "Object{spec: Object.spec{replicas: variables.none}}", "compilation failed: ")]
    [InlineData("applyConfiguration", "Object{metadata: Object.metadata{name: request.unknown}}", "compilation failed: ")]
    [InlineData("applyConfiguration", "Object{metadata: Object.metadata{name: params.name}}", "compilation failed: ")]
    [InlineData("jsonPatch", "JSONPatch{op: 'add'}", "must evaluate to list(JSONPatch) but got JSONPatch")]
    [InlineData("jsonPatch", "[JSONPatch{op: 1}]", "compilation failed: ")]
    [InlineData("jsonPatch", "[JSONPatch{verb: 'add'}]", "compilation failed: ")]
    public async Task Expressions_are_checked_when_they_are_written(string field, string expression, string problem)
    {
        var refused = (await Api.PostAsync($"{Group}/mutatingadmissionpolicies", Policy(field == "jsonPatch" ? Patch(expression) : Configuration(expression)))).Expect(422);
        Assert.Contains($"spec.mutations[0].{field}.expression: Invalid value: \"{expression}\": {problem}", refused["message"], StringComparison.Ordinal);
    }

    private static string Configuration(string expression) => $$"""{"patchType":"ApplyConfiguration","applyConfiguration":{"expression":{{JsonValue.Create(expression).ToJsonString()}} } }""";

    private static string Patch(string expression) => $$"""{"patchType":"JSONPatch","jsonPatch":{"expression":{{JsonValue.Create(expression).ToJsonString()}} } }""";

    private static string Policy(string mutations, string spec = "", string reinvocation = "Never", string on = OnDeployments, string name = "p") => $$"""
        {"apiVersion":"admissionregistration.k8s.io/v1","kind":"MutatingAdmissionPolicy","metadata":{"name":"{{name}}"},"spec":{
         "matchConstraints":{"resourceRules":[{{on}}]},"reinvocationPolicy":"{{reinvocation}}","mutations":[{{mutations}}]{{(spec.Length == 0 ? "" : $",{spec}")}} } }
        """;

    private async Task PolicyAsync(string mutations, string spec = "", string reinvocation = "Never", string on = OnDeployments, string name = "p") =>
        (await Api.PostAsync($"{Group}/mutatingadmissionpolicies", Policy(mutations, spec, reinvocation, on, name))).Expect(201);

    private async Task BindAsync(string extra = "", string name = "b", string policy = "p") => (await Api.PostAsync($"{Group}/mutatingadmissionpolicybindings", $$"""
        {"apiVersion":"admissionregistration.k8s.io/v1","kind":"MutatingAdmissionPolicyBinding","metadata":{"name":"{{name}}"},"spec":{"policyName":"{{policy}}"{{extra}} } }
        """)).Expect(201);

    private static string Deployment(string name, string labels = "") => $$"""
        {"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"{{name}}"{{(labels.Length == 0 ? "" : $",\"labels\":{{{labels}}}")}} },"spec":{"replicas":1,"selector":{"matchLabels":{"a":"b"} },
         "template":{"metadata":{"labels":{"a":"b"} },"spec":{"containers":[{"name":"c","image":"i"}]} } } }
        """;

    private Task<Answer> DeployAsync(string name = "d", string labels = "") => Api.PostAsync(Deployments, Deployment(name, labels));
}
