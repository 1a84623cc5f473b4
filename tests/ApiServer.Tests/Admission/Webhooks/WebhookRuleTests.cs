using System.Text.Json.Nodes;
using Slipway.Api;
using Slipway.ApiServer.Admission;
using Slipway.ApiServer.Admission.Webhooks;

namespace Slipway.ApiServer.Tests.Admission.Webhooks;

public sealed class WebhookRuleTests
{
    [Theory]
    [InlineData("pods", "", true)]
    [InlineData("pods", "status", false)]
    [InlineData("pods/status", "status", true)]
    [InlineData("pods/*", "status", true)]
    [InlineData("pods/*", "", true)]
    [InlineData("*", "", true)]
    [InlineData("*", "status", false)]
    [InlineData("*/status", "status", true)]
    [InlineData("*/status", "", false)]
    [InlineData("*/*", "", true)]
    [InlineData("*/*", "exec", true)]
    [InlineData("services", "", false)]
    public void Resources(string resource, string subresource, bool expected) =>
        Assert.Equal(expected, Rule(resources: resource).Matches(Pods, subresource, Operation.Create));

    [Theory]
    [InlineData("CREATE", "", "v1", "*", true)]
    [InlineData("UPDATE", "", "v1", "*", false)]
    [InlineData("*", "apps", "v1", "*", false)]
    [InlineData("*", "*", "v2", "*", false)]
    [InlineData("*", "*", "*", "Namespaced", true)]
    [InlineData("*", "*", "*", "Cluster", false)]
    public void The_rest(string operation, string group, string version, string scope, bool expected) =>
        Assert.Equal(expected, Rule(operation, group, version, "pods", scope).Matches(Pods, "", Operation.Create));

    private static ResourceType Pods { get; } = new() { Group = "", Version = "v1", Plural = "pods", Kind = "Pod", Singular = "pod", Namespaced = true };

    private static WebhookRule Rule(string operation = "*", string group = "*", string version = "*", string resources = "*", string scope = "*") => WebhookRule.Read(new JsonObject
    {
        ["operations"] = new JsonArray(operation),
        ["apiGroups"] = new JsonArray(group),
        ["apiVersions"] = new JsonArray(version),
        ["resources"] = new JsonArray(resources),
        ["scope"] = scope,
    });
}
