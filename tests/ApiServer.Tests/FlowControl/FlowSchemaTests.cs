using System.Text.Json.Nodes;
using Slipway.Api;
using Slipway.ApiServer.FlowControl;
using Slipway.ApiServer.Routing;

namespace Slipway.ApiServer.Tests.FlowControl;

/// <summary>Which requests a flow schema means.</summary>
public sealed class FlowSchemaTests
{
    private const string Everyone = """{"kind":"Group","group":{"name":"system:authenticated"}}""";
    private const string Pods = """{"verbs":["get","list"],"apiGroups":[""],"resources":["pods","pods/log"],"namespaces":["a"]}""";
    private const string Everything = """{"verbs":["*"],"apiGroups":["*"],"resources":["*"],"namespaces":["*"],"clusterScope":true}""";

    [Theory]
    [InlineData(Everyone, Pods, "GET", "/api/v1/namespaces/a/pods", true)]
    [InlineData(Everyone, Pods, "GET", "/api/v1/namespaces/a/pods/p/log", true)]
    [InlineData(Everyone, Pods, "GET", "/api/v1/namespaces/a/pods/p/status", false)]
    [InlineData(Everyone, Pods, "GET", "/api/v1/namespaces/b/pods", false)]
    [InlineData(Everyone, Pods, "GET", "/api/v1/pods", false)]
    [InlineData(Everyone, Pods, "GET", "/api/v1/namespaces/a/pods?watch=true", false)]
    [InlineData(Everyone, Pods, "DELETE", "/api/v1/namespaces/a/pods/p", false)]
    [InlineData(Everyone, Pods, "GET", "/apis/apps/v1/namespaces/a/pods", false)]
    [InlineData(Everyone, Everything, "DELETE", "/api/v1/nodes/n", true)]
    [InlineData(Everyone, Everything, "GET", "/version", false)]
    [InlineData("""{"kind":"User","user":{"name":"system:serviceaccount:s:jane"}}""", Everything, "GET", "/api/v1/pods", true)]
    [InlineData("""{"kind":"User","user":{"name":"*"}}""", Everything, "GET", "/api/v1/pods", true)]
    [InlineData("""{"kind":"User","user":{"name":"joe"}}""", Everything, "GET", "/api/v1/pods", false)]
    [InlineData("""{"kind":"Group","group":{"name":"system:nodes"}}""", Everything, "GET", "/api/v1/pods", false)]
    [InlineData("""{"kind":"ServiceAccount","serviceAccount":{"namespace":"s","name":"*"}}""", Everything, "GET", "/api/v1/pods", true)]
    [InlineData("""{"kind":"ServiceAccount","serviceAccount":{"namespace":"s","name":"jane"}}""", Everything, "GET", "/api/v1/pods", true)]
    [InlineData("""{"kind":"ServiceAccount","serviceAccount":{"namespace":"t","name":"*"}}""", Everything, "GET", "/api/v1/pods", false)]
    public void Requests_for_resources_are_told_by_subject_and_rule(string subject, string rule, string method, string path, bool isMeant) =>
        Assert.Equal(isMeant, Schema($$"""{"subjects":[{{subject}}],"resourceRules":[{{rule}}]}""").Matches(Request(method, path)));

    [Theory]
    [InlineData("/healthz", "GET", "/healthz", true)]
    [InlineData("/healthz", "GET", "/healthz/etcd", false)]
    [InlineData("/healthz/*", "GET", "/healthz/etcd", true)]
    [InlineData("*", "GET", "/metrics", true)]
    [InlineData("*", "POST", "/metrics", false)]
    [InlineData("*", "GET", "/api/v1/pods", false)]
    public void Requests_for_paths_are_told_by_path(string rule, string method, string path, bool isMeant) =>
        Assert.Equal(isMeant, Schema($$"""{"subjects":[{{Everyone}}],"nonResourceRules":[{"verbs":["get"],"nonResourceURLs":["{{rule}}"]}]}""").Matches(Request(method, path)));

    [Theory]
    [InlineData("""{"type":"ByUser"}""", "/api/v1/namespaces/a/pods", "system:serviceaccount:s:jane")]
    [InlineData("""{"type":"ByNamespace"}""", "/api/v1/namespaces/a/pods", "a")]
    [InlineData("""{"type":"ByNamespace"}""", "/api/v1/namespaces/a", "a")]
    [InlineData("""{"type":"ByNamespace"}""", "/api/v1/nodes", "")]
    [InlineData("null", "/api/v1/namespaces/a/pods", "")]
    public void Flows_are_told_apart_by_user_or_namespace(string distinguisher, string path, string flow) =>
        Assert.Equal(flow, Schema("{}", distinguisher).FlowOf(Request("GET", path)));

    [Theory]
    [InlineData("null", true, "Dangling False Found")]
    [InlineData("null", false, "Dangling True NotFound")]
    [InlineData("""{"type":"Dangling","status":"True","message":"x"}""", true, "Dangling False Found")]
    [InlineData("""{"type":"Dangling","status":"False","message":"This FlowSchema references the PriorityLevelConfiguration object named \"l\" and it exists"}""", true, null)]
    public void A_schema_without_its_level_dangles(string condition, bool hasLevel, string? wanted)
    {
        var schema = (JsonObject)JsonNode.Parse($$$"""{"spec":{"priorityLevelConfiguration":{"name":"l"}},"status":{"conditions":[{{{condition}}}]}}""")!;
        if (condition == "null") schema.Remove("status");
        var missing = DanglingLoop.Missing(schema, hasLevel, DateTimeOffset.UnixEpoch);
        Assert.Equal(wanted, missing is null ? null : $"{missing["type"]} {missing["status"]} {missing["reason"]}");
    }

    private static FlowSchema Schema(string rule, string distinguisher = "null") =>
        FlowSchema.Read((JsonObject)JsonNode.Parse($$$"""{"metadata":{"name":"s"},"spec":{"priorityLevelConfiguration":{"name":"l"},"distinguisherMethod":{{{distinguisher}}},"rules":[{{{rule}}}]}}""")!);

    private static FlowRequest Request(string method, string pathAndQuery)
    {
        var (path, query) = Query.Split(pathAndQuery);
        return FlowRequest.Of(UserInfo.ServiceAccount("s", "jane"), new ApiRequest(method, pathAndQuery), path, query);
    }
}
