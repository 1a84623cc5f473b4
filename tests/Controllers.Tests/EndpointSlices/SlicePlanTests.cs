using k8s.Models;

namespace Slipway.Controllers.Tests.EndpointSlices;

public sealed class SlicePlanTests
{
    private static readonly SliceTemplate Template = new("shop", "web", new Dictionary<string, string> { ["kubernetes.io/service-name"] = "web" }, new Dictionary<string, string>(),
        new V1OwnerReference { ApiVersion = "v1", Kind = "Service", Name = "web", Uid = "u-web" });
    private static readonly SlicePort Http = new() { Name = "", Protocol = "TCP", Port = 80 };

    [Theory]
    // sizes of the slices that there are, endpoints kept of each, endpoints added → sizes afterwards
    [InlineData("", "", 0, "0")]                              // an empty slice says that there are none
    [InlineData("", "", 1, "1")]
    [InlineData("", "", 250, "100,100,50")]
    [InlineData("100,100,50", "100,100,50", 10, "100,100,60")]
    [InlineData("100,40", "90,40", 10, "100,40")]              // what changes anyway is filled first
    [InlineData("100,40", "100,40", 70, "100,100,10")]
    [InlineData("60,40", "60,0", 0, "60")]
    [InlineData("60,40", "0,0", 0, "0")]
    [InlineData("30,80", "30,80", 20, "30,100")]               // the fullest that has room
    public void Endpoints_stay_and_slices_are_filled(string sizes, string kept, int added, string expected)
    {
        var existing = new List<EndpointSliceView>();
        var wanted = new List<SliceEndpoint>();
        var next = 0;
        foreach (var (size, keep) in Numbers(sizes).Zip(Numbers(kept)))
        {
            existing.Add(Slice($"s{existing.Count}", Make.Endpoints(next, size)));
            wanted.AddRange(Make.Endpoints(next, keep));
            next += size;
        }
        wanted.AddRange(Make.Endpoints(next, added));

        var plan = SlicePlan.For(Template, [new("IPv4", [Http], wanted)], existing, ["IPv4"]);

        Assert.Equal(expected, string.Join(',', plan.Update.Select(change => change.To).Concat(plan.Create).Select(slice => slice.Endpoints!.Count)));
        Assert.Equal(existing.Count, plan.Update.Count + plan.Delete.Count);
        Assert.Equal(wanted.Count, plan.Update.Select(change => change.To).Concat(plan.Create).SelectMany(slice => slice.Endpoints!).Select(endpoint => endpoint.Identity).Distinct().Count());
        // Nothing moves.
        foreach (var change in plan.Update)
            Assert.Empty((change.From.Endpoints ?? []).Select(e => e.Identity).Intersect(wanted.Select(e => e.Identity)).Except(change.To.Endpoints!.Select(e => e.Identity)));
    }

    [Fact]
    public void The_same_state_makes_the_same_names()
    {
        static IEnumerable<string> Names() => SlicePlan.For(Template, [new("IPv4", [Http], Make.Endpoints(0, 250)), new("IPv4", [Http with { Port = 81 }], Make.Endpoints(300, 1))], [], []).Create.Select(slice => slice.Metadata.Name);
        Assert.Equal(Names(), Names());
        Assert.Equal(4, Names().Distinct().Count());
        Assert.All(Names(), name => Assert.Matches("^web-[a-z0-9]{5}$", name));
    }

    [Fact]
    public void A_group_of_other_ports_takes_slices_of_its_own()
    {
        var plan = SlicePlan.For(Template, [new("IPv4", [Http with { Port = 81 }], Make.Endpoints(0, 5))], [Slice("old", Make.Endpoints(0, 5))], ["IPv4"]);
        Assert.Equal((1, 0, "old"), (plan.Create.Count, plan.Update.Count, plan.Delete.Single().Metadata.Name));
    }

    [Fact]
    public void An_unchanged_slice_is_not_written()
    {
        var slice = Slice("s", Make.Endpoints(0, 3));
        var plan = SlicePlan.For(Template, [new("IPv4", [Http], Make.Endpoints(0, 3))], [slice], ["IPv4"]);
        Assert.Null(SliceWriter.Difference(plan.Update.Single(), "2026-01-01T00:00:00Z"));
        var changed = SlicePlan.For(Template, [new("IPv4", [Http], Make.Endpoints(0, 4))], [slice], ["IPv4"]).Update.Single();
        Assert.Equal(
            """{"endpoints":[{"addresses":["10.0.0.0"]},{"addresses":["10.0.0.1"]},{"addresses":["10.0.0.2"]},{"addresses":["10.0.0.3"]}],"metadata":{"annotations":{"endpoints.kubernetes.io/last-change-trigger-time":"2026-01-01T00:00:00Z"},"resourceVersion":"7"}}""",
            SliceWriter.Difference(changed, "2026-01-01T00:00:00Z")!.ToJsonString());
    }

    private static IEnumerable<int> Numbers(string list) => list.Split(',', StringSplitOptions.RemoveEmptyEntries).Select(int.Parse);

    private static EndpointSliceView Slice(string name, IReadOnlyList<SliceEndpoint> endpoints) => new()
    {
        Metadata = new() { Name = name, NamespaceProperty = "shop", ResourceVersion = "7", Labels = Template.Labels },
        AddressType = "IPv4",
        Endpoints = [.. endpoints],
        Ports = [Http],
    };
}
