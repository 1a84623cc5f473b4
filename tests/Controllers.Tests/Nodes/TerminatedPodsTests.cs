using Slipway.Client;

namespace Slipway.Controllers.Tests.Nodes;

public sealed class TerminatedPodsTests : ControllersTest
{
    private const string Pods = "/api/v1/namespaces/default/pods";

    private protected override void Register(ControllerHost host) => TerminatedPods.Register(host, threshold: 2);

    [Theory]
    // how many are kept; names of pods, in the order in which they were made, with what they are -> those that go
    [InlineData(2, "", "")]
    [InlineData(2, "a:Succeeded b:Failed", "")]
    [InlineData(2, "a:Succeeded b:Failed c:Succeeded", "a")]
    [InlineData(2, "d:Succeeded c:Failed b:Succeeded a:Failed", "d c")]
    [InlineData(0, "a:Succeeded b:Failed", "a b")]
    // what is under way, or has gone silent, is no matter of this
    [InlineData(1, "a:Running b:Pending c:Unknown d:Succeeded e:Failed", "d")]
    [InlineData(1, "a:Succeeded:deleted b:Succeeded c:Succeeded", "b")]
    [InlineData(2, "a:Succeeded:deleted b:Succeeded c:Succeeded", "")]
    // evicted ones first
    [InlineData(2, "a:Succeeded b:Failed:Evicted c:Succeeded", "b")]
    [InlineData(1, "a:Succeeded b:Failed:Evicted c:Failed:Error d:Failed:Evicted", "b d a")]
    // of those that were made in the same second, by name
    [InlineData(1, "b:Succeeded:same a:Succeeded:same", "a")]
    public void The_oldest_go(int threshold, string pods, string gone) =>
        Assert.Equal(gone, string.Join(' ', TerminatedPods.Beyond(pods.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(Pod), threshold).Select(pod => pod.Metadata.Name)));

    [Fact]
    public async Task Pods_beyond_the_bound_are_deleted_when_another_one_ends()
    {
        foreach (var name in new[] { "a", "b", "c", "d" })
        {
            await Cluster.CreateAsync(Pods, $$$"""{"apiVersion":"v1","kind":"Pod","metadata":{"name":"{{{name}}}"},"spec":{"nodeName":"n","containers":[{"name":"c","image":"i"}]}}""");
            if (name != "d")
                await Cluster.PatchAsync($"{Pods}/{name}/status", """{"status":{"phase":"Succeeded"}}""");
            Cluster.Clock.Advance(TimeSpan.FromSeconds(1));
        }

        await Cluster.WhileTimePassesAsync(Cluster.WaitForAllAsync(Kinds.Pods, "default", pods => pods.Count == 3), TimeSpan.FromSeconds(1));
        Assert.Equal(["b", "c", "d"], (await Cluster.Admin.ListAsync(Kinds.Pods)).Items.Select(pod => pod.Metadata.Name).Order());
        await Cluster.PatchAsync($"{Pods}/d/status", """{"status":{"phase":"Failed"}}""");
        await Cluster.WhileTimePassesAsync(Cluster.WaitForAllAsync(Kinds.Pods, "default", pods => pods.Count == 2), TimeSpan.FromSeconds(1));
        Assert.Equal(["c", "d"], (await Cluster.Admin.ListAsync(Kinds.Pods)).Items.Select(pod => pod.Metadata.Name).Order());
    }

    [Fact]
    public async Task A_pod_that_may_not_be_deleted_does_not_keep_the_others()
    {
        const string group = "/apis/admissionregistration.k8s.io/v1";
        await Cluster.CreateAsync($"{group}/validatingadmissionpolicies", """
            {"apiVersion":"admissionregistration.k8s.io/v1","kind":"ValidatingAdmissionPolicy","metadata":{"name":"p"},"spec":{"validations":[{"expression":"false"}],
             "matchConstraints":{"resourceRules":[{"resourceNames":["a"],"operations":["DELETE"],"apiGroups":[""],"apiVersions":["v1"],"resources":["pods"]}]} }}
            """);
        await Cluster.CreateAsync($"{group}/validatingadmissionpolicybindings", """
            {"apiVersion":"admissionregistration.k8s.io/v1","kind":"ValidatingAdmissionPolicyBinding","metadata":{"name":"b"},"spec":{"policyName":"p","validationActions":["Deny"]} }
            """);
        foreach (var name in new[] { "a", "b", "c", "d" })
        {
            await Cluster.CreateAsync(Pods, $$$"""{"apiVersion":"v1","kind":"Pod","metadata":{"name":"{{{name}}}"},"spec":{"nodeName":"n","containers":[{"name":"c","image":"i"}]}}""");
            await Cluster.PatchAsync($"{Pods}/{name}/status", """{"status":{"phase":"Succeeded"}}""");
            Cluster.Clock.Advance(TimeSpan.FromSeconds(1));
        }

        await Cluster.WhileTimePassesAsync(Cluster.WaitForAllAsync(Kinds.Pods, "default", pods => pods.Count == 3), TimeSpan.FromSeconds(1));
        Assert.Equal(["a", "c", "d"], (await Cluster.Admin.ListAsync(Kinds.Pods)).Items.Select(pod => pod.Metadata.Name).Order());
    }

    private static PodView Pod(string text, int index)
    {
        var parts = text.Split(':');
        var flag = parts.Length > 2 ? parts[2] : "";
        var made = new DateTime(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc).AddMinutes(flag == "same" ? 0 : index);
        return new PodView
        {
            Metadata = new() { Name = parts[0], CreationTimestamp = made, DeletionTimestamp = flag == "deleted" ? made : null },
            Status = new() { Phase = parts[1], Reason = flag is "Evicted" or "Error" ? flag : null },
        };
    }
}
