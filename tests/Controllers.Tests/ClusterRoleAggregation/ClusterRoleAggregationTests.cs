using System.Text.Json.Nodes;
using Slipway.Client;

namespace Slipway.Controllers.Tests.ClusterRoleAggregation;

public sealed class ClusterRoleAggregationTests : ControllersTest
{
    private const string Roles = "/apis/rbac.authorization.k8s.io/v1/clusterroles";

    private protected override void Register(ControllerHost host) => ClusterRoleAggregationController.Register(host);

    [Fact]
    public async Task An_aggregated_role_has_the_rules_of_its_parts()
    {
        await Cluster.CreateAsync(Roles, """{"apiVersion":"rbac.authorization.k8s.io/v1","kind":"ClusterRole","metadata":{"name":"whole"},"aggregationRule":{"clusterRoleSelectors":[{"matchLabels":{"part":"yes"}}]},"rules":[{"apiGroups":["x"],"resources":["stray"],"verbs":["get"]}]}""");
        await VerbsAsync("");
        await Cluster.CreateAsync(Roles, Part("b", "list"));
        await Cluster.CreateAsync(Roles, Part("a", "get"));
        await VerbsAsync("get list");
        await Cluster.PatchAsync($"{Roles}/a", """{"rules":[{"apiGroups":[""],"resources":["pods"],"verbs":["watch"]}]}""");
        await VerbsAsync("watch list");
        await Cluster.PatchAsync($"{Roles}/b", """{"metadata":{"labels":{"part":"no"}}}""");
        await VerbsAsync("watch");
    }

    [Fact]
    public async Task A_new_part_of_a_default_role_reaches_all_that_it_is_part_of()
    {
        await Cluster.CreateAsync(Roles, """{"apiVersion":"rbac.authorization.k8s.io/v1","kind":"ClusterRole","metadata":{"name":"crontabs-view","labels":{"rbac.authorization.k8s.io/aggregate-to-view":"true"}},"rules":[{"apiGroups":["stable.example.com"],"resources":["crontabs"],"verbs":["get"]}]}""");
        foreach (var role in (string[])["view", "edit", "admin"])
            await Cluster.WaitAsync(Kinds.ClusterRoles, null, role, r => r!.Rules!.Any(rule => rule!["resources"]?[0]?.ToString() == "crontabs"));
    }

    [Fact]
    public void A_rule_of_two_parts_is_told_once_and_a_role_is_no_part_of_itself()
    {
        var whole = Role("whole", "pods", labelled: true);
        whole.AggregationRule = (JsonObject)JsonNode.Parse("""{"clusterRoleSelectors":[{"matchLabels":{"part":"yes"}},{"matchExpressions":[{"key":"part","operator":"Exists"}]}]}""")!;
        var rules = AggregatedRules.Of(whole, [Role("z", "pods", true), Role("a", "pods", true), Role("c", "secrets", true), Role("other", "nodes", false), whole]);
        Assert.Equal(["pods", "secrets"], rules.Select(r => r!["resources"]![0]!.ToString()));
    }

    private static ClusterRoleView Role(string name, string resource, bool labelled) => new()
    {
        Metadata = new() { Name = name, Labels = labelled ? new Dictionary<string, string> { ["part"] = "yes" } : null },
        Rules = [new JsonObject { ["resources"] = new JsonArray(resource) }],
    };

    private static string Part(string name, string verb) =>
        $$$$"""{"apiVersion":"rbac.authorization.k8s.io/v1","kind":"ClusterRole","metadata":{"name":"{{{{name}}}}","labels":{"part":"yes"}},"rules":[{"apiGroups":[""],"resources":["pods"],"verbs":["{{{{verb}}}}"]}]}""";

    private Task<ClusterRoleView?> VerbsAsync(string verbs) =>
        Cluster.WaitAsync(Kinds.ClusterRoles, null, "whole", role => role is not null && string.Join(' ', (role.Rules ?? []).Select(r => r!["verbs"]![0]!.ToString())) == verbs);
}
