using Slipway.Client;
using Slipway.Controllers.Tests.Workloads;

namespace Slipway.Controllers.Tests.DeviceTaints;

public sealed class DeviceTaintTests : ControllersTest
{
    private const string Claims = "/apis/resource.k8s.io/v1/namespaces/default/resourceclaims", Rules = "/apis/resource.k8s.io/v1/devicetaintrules";

    private protected override void Register(ControllerHost host) => DeviceTaintEviction.Register(host);

    [Theory]
    // taints of device a, after @ the seconds since each was added; taints of rules, likewise; tolerations; seconds from now at which pods go, rules that are reasons
    [InlineData("", "", "", null, "")]
    [InlineData("k:NoSchedule@10", "k:None@10", "", null, "")]
    [InlineData("k:NoExecute@10", "", "", -10, "")]
    [InlineData("", "k:NoExecute@10", "", -10, "k")]
    [InlineData("k:NoExecute@10", "l:NoExecute@20 m:NoSchedule@30", "", -20, "l")]
    [InlineData("k:NoExecute@10", "", "k:NoExecute", null, "")]
    [InlineData("k:NoExecute@10", "", "k:NoExecute:60", 50, "")]
    [InlineData("k:NoExecute@10", "", "k:NoExecute:60 k:NoExecute:30", 20, "")]
    [InlineData("k:NoExecute@10", "", "k:NoExecute:60 k:NoExecute", null, "")]
    [InlineData("k:NoExecute@10", "", "k:NoExecute:-5", -10, "")]
    [InlineData("k:NoExecute@10", "", "l:NoExecute", -10, "")]
    [InlineData("k:NoExecute@10", "l:NoExecute@10", "l:NoExecute:60 k:NoExecute:90", 50, "l")]
    public void Pods_leave_devices_by_their_taints(string own, string rules, string tolerations, int? seconds, string reasons)
    {
        var slice = Make.Read(Kinds.DeviceSlices, $$$"""
            {"spec":{"driver":"d","pool":{"name":"p","generation":2},"devices":[{"name":"a","taints":[{{{string.Join(',', Taints(own))}}}]},{"name":"b","taints":[{"key":"x","effect":"NoExecute"}]}]} }
            """);
        var old = Make.Read(Kinds.DeviceSlices, """{"spec":{"driver":"d","pool":{"name":"p","generation":1},"devices":[{"name":"a","taints":[{"key":"old","effect":"NoExecute"}]}]}}""");
        var all = Taints(rules).Select((taint, i) => Make.Read(Kinds.DeviceTaintRules, $$$"""
            {"metadata":{"uid":"{{{rules.Split(' ')[i].Split(':')[0]}}}"},"spec":{"deviceSelector":{"driver":"d"},"taint":{{{taint}}} } }
            """)).Append(Make.Read(Kinds.DeviceTaintRules, """{"metadata":{"uid":"other"},"spec":{"deviceSelector":{"driver":"other"},"taint":{"key":"o","effect":"NoExecute"}}}"""));
        var borne = tolerations.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(text => text.Split(':')).Select(parts =>
            $$"""{"key":"{{parts[0]}}","operator":"Exists","effect":"{{parts[1]}}"{{(parts.Length > 2 ? $",\"tolerationSeconds\":{parts[2]}" : "")}}}""");
        var claim = Make.Read(Kinds.DeviceClaims, $$$"""
            {"status":{"allocation":{"devices":{"results":[{"driver":"d","pool":"p","device":"a","tolerations":[{{{string.Join(',', borne)}}}]}]} } } }
            """);
        var eviction = new Controllers.DeviceTaints([old, slice], all).EvictionOf(claim);
        Assert.Equal(seconds, (int?)(eviction?.When - Make.Now)?.TotalSeconds);
        Assert.Equal(reasons, string.Join(' ', eviction?.Rules ?? []));
    }

    [Theory]
    [InlineData("NoExecute", 1, 1, 0, "True PodsPendingEviction 1 pod needs to be evicted in 1 namespace.")]
    [InlineData("NoExecute", 2, 2, 1, "True PodsPendingEviction 2 pods need to be evicted in 2 different namespaces. 1 pod evicted since starting the controller.")]
    [InlineData("NoExecute", 0, 0, 0, "False NotStarted ")]
    [InlineData("NoExecute", 0, 0, 2, "False Completed 2 pods evicted since starting the controller.")]
    [InlineData("NoSchedule", 0, 0, 0, "False OtherEffect Eviction only happens for the NoExecute effect.")]
    [InlineData("None", 2, 1, 0, "False NoEffect 3 published devices selected. 1 allocated device selected. 2 pods would be evicted in 1 namespace if the effect was NoExecute. This information will not be updated again. Recreate the DeviceTaintRule to trigger an update.")]
    public void A_rule_says_what_it_does_to_pods(string effect, int pods, int namespaces, int ended, string expected)
    {
        var rule = new DeviceTaintRuleView { Spec = new() { Taint = new() { Effect = effect } } };
        var condition = DeviceTaintRuleStatus.ConditionOf(rule, new(pods, namespaces, ended, 3, 1));
        Assert.Equal(expected, $"{condition.Status} {condition.Reason} {condition.Message}");
    }

    [Fact]
    public async Task A_rule_ends_the_pods_that_use_the_devices_that_it_taints()
    {
        await CreateUserAsync("p", "a", "");
        await CreateUserAsync("q", "b", """{"key":"broken","operator":"Exists","effect":"NoExecute","tolerationSeconds":600}""");
        await CreateUserAsync("r", "c", """{"key":"broken","operator":"Exists","effect":"NoExecute"}""");
        await Cluster.CreateAsync(Rules, """{"metadata":{"name":"rule"},"spec":{"deviceSelector":{"driver":"d"},"taint":{"key":"broken","effect":"None"}}}""");
        await WaitForRuleAsync(condition => condition is { Reason: "NoEffect", Status: "False" } && condition.Message.Contains("3 allocated devices selected. 2 pods would be evicted in 1 namespace"));
        await Cluster.PatchAsync($"{Rules}/rule", """{"spec":{"taint":{"effect":"NoExecute"}}}""");
        var gone = await Cluster.WaitAsync(Kinds.Pods, "default", "p", pod => pod?.IsBeingDeleted != false);
        Assert.Equal("DeletionByDeviceTaintManager", gone?.ConditionOf("DisruptionTarget")?.Reason);
        var told = WaitForRuleAsync(condition => condition is { Reason: "PodsPendingEviction", Status: "True", Message: "1 pod needs to be evicted in 1 namespace. 1 pod evicted since starting the controller." });
        await Cluster.WhileTimePassesAsync(told, TimeSpan.FromSeconds(1));
        await Cluster.WhileTimePassesAsync(Cluster.WaitAsync(Kinds.Pods, "default", "q", pod => pod?.IsBeingDeleted != false), TimeSpan.FromSeconds(5));
        await Cluster.WhileTimePassesAsync(WaitForRuleAsync(condition => condition is { Reason: "Completed", Message: "2 pods evicted since starting the controller." }), TimeSpan.FromSeconds(1));
        Assert.False((await Cluster.Admin.GetAsync(Kinds.Pods, "default", "r"))!.IsBeingDeleted);
    }

    private async Task<DeviceTaintRuleView> WaitForRuleAsync(Func<RuleCondition, bool> condition) =>
        (await Cluster.WaitAsync(Kinds.DeviceTaintRules, null, "rule", rule => rule?.Status?.Conditions is [var said] && condition(said)))!;

    private async Task CreateUserAsync(string name, string device, string toleration)
    {
        await Cluster.CreateAsync(Claims, $$$"""{"metadata":{"name":"{{{name}}}"},"spec":{"devices":{"requests":[{"name":"g","exactly":{"deviceClassName":"gpu"}}]} } }""");
        var pod = await Cluster.CreateAsync("/api/v1/namespaces/default/pods", $$$"""
            {"metadata":{"name":"{{{name}}}"},"spec":{"nodeName":"n1","resourceClaims":[{"name":"g","resourceClaimName":"{{{name}}}"}],"containers":[{"name":"c","image":"i"}]} }
            """);
        await Cluster.PatchAsync($"{Claims}/{name}/status", $$$"""
            {"status":{"allocation":{"devices":{"results":[{"request":"g","driver":"d","pool":"p","device":"{{{device}}}","tolerations":[{{{toleration}}}]}]} },
             "reservedFor":[{"resource":"pods","name":"{{{name}}}","uid":"{{{pod["metadata"]!["uid"]}}}"}]} }
            """);
    }

    private static IEnumerable<string> Taints(string text) => text.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(taint => taint.Split(':', '@')).Select(parts =>
        $$"""{"key":"{{parts[0]}}","effect":"{{parts[1]}}","timeAdded":"{{Make.Now.AddSeconds(-int.Parse(parts[2])):yyyy-MM-dd'T'HH:mm:ss'Z'}}"}""");
}
