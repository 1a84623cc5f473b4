using Slipway.Api;

namespace Slipway.ApiServer.Tests.CustomResources;

/// <summary>Owners of fields who write in different versions of a kind.</summary>
public sealed class ConvertedOwnershipTests : ConversionTest
{
    private const string Mine = """{"apiVersion":"example.com/v1","kind":"Gate","metadata":{"name":"a"},"spec":{"address":"h:1"}}""";

    [Fact]
    public async Task An_owner_keeps_its_version_and_what_others_do_not_change_in_it()
    {
        (await Api.ApplyAsync($"{One}/a", "one", Mine)).Expect(201);
        (await Api.ApplyAsync($"{Two}/a", "two", """{"apiVersion":"example.com/v2","kind":"Gate","metadata":{"name":"a"},"spec":{"replicas":3}}""", "&force=true")).Expect(200);
        Assert.Equal(["""one Apply example.com/v1 {"f:spec":{"f:address":{}}}""", """two Apply example.com/v2 {"f:spec":{"f:replicas":{}}}"""], await OwnersAsync());

        // What the first owns is not changed by what says the same in other words.
        (await Api.ApplyAsync($"{Two}/a", "two", """{"apiVersion":"example.com/v2","kind":"Gate","metadata":{"name":"a"},"spec":{"host":"h","replicas":3}}""")).Expect(200);
        Assert.Equal(["""one Apply example.com/v1 {"f:spec":{"f:address":{}}}""", """two Apply example.com/v2 {"f:spec":{"f:host":{},"f:replicas":{}}}"""], await OwnersAsync());
    }

    [Fact]
    public async Task A_change_conflicts_with_who_owns_it_in_another_version()
    {
        (await Api.ApplyAsync($"{One}/a", "one", Mine)).Expect(201);
        const string other = """{"apiVersion":"example.com/v2","kind":"Gate","metadata":{"name":"a"},"spec":{"host":"k"}}""";
        var conflict = (await Api.ApplyAsync($"{Two}/a", "two", other)).Expect(409);
        Assert.Equal("Apply failed with 1 conflict: conflict with \"one\": .spec.address", conflict["message"]);
        var forced = (await Api.ApplyAsync($"{Two}/a", "two", other, "&force=true")).Expect(200);
        Assert.Equal(("k", "1"), (forced["spec.host"], forced["spec.port"]));
        Assert.Equal(["""two Apply example.com/v2 {"f:spec":{"f:host":{}}}"""], await OwnersAsync());
    }

    [Fact]
    public async Task An_update_takes_fields_over_in_the_versions_of_their_owners()
    {
        (await Api.ApplyAsync($"{One}/a", "one", Mine.Replace("\"h:1\"", "\"h:1\",\"replicas\":2", StringComparison.Ordinal))).Expect(201);
        (await Api.MergeAsync($"{Two}/a?fieldManager=hand", """{"spec":{"port":"9"}}""")).Expect(200);
        Assert.Equal(["""one Apply example.com/v1 {"f:spec":{"f:replicas":{}}}""", """hand Update example.com/v2 {"f:spec":{"f:port":{}}}"""], await OwnersAsync());
        Assert.Equal("h:9", (await Api.GetAsync($"{One}/a"))["spec.address"]);
    }

    [Fact]
    public async Task What_was_applied_in_another_version_and_is_not_any_longer_goes()
    {
        (await Api.ApplyAsync($"{One}/a", "one", Mine.Replace("\"h:1\"", "\"h:1\",\"replicas\":2", StringComparison.Ordinal))).Expect(201);
        var moved = (await Api.ApplyAsync($"{Two}/a", "one", """{"apiVersion":"example.com/v2","kind":"Gate","metadata":{"name":"a"},"spec":{"replicas":2}}""")).Expect(200);
        Assert.Equal((null, null, "2"), (moved["spec.host"], moved["spec.port"], moved["spec.replicas"]));
        Assert.Equal(["""one Apply example.com/v2 {"f:spec":{"f:replicas":{}}}"""], await OwnersAsync());
    }

    [Fact]
    public async Task Who_owned_in_a_version_that_is_gone_owns_no_longer()
    {
        (await Api.ApplyAsync($"{Two}/a", "two", """{"apiVersion":"example.com/v2","kind":"Gate","metadata":{"name":"a"},"spec":{"host":"h"}}""")).Expect(201);
        (await Api.SendAsync("PATCH", Definition, """[{"op":"remove","path":"/spec/versions/1"}]""", MediaTypes.JsonPatch)).Expect(200);
        (await Api.ApplyAsync($"{One}/a", "one", """{"apiVersion":"example.com/v1","kind":"Gate","metadata":{"name":"a"},"spec":{"address":"k"}}""")).Expect(200);
        Assert.Equal(["""one Apply example.com/v1 {"f:spec":{"f:address":{}}}"""], await OwnersAsync());
    }

    [Fact]
    public async Task Built_in_kinds_with_two_versions_are_compared_in_both()
    {
        const string autoscalers = "/namespaces/default/horizontalpodautoscalers/h";
        static string Autoscaler(string version, string spec) =>
            $$$"""{"apiVersion":"autoscaling/{{{version}}}","kind":"HorizontalPodAutoscaler","metadata":{"name":"h"},"spec":{"scaleTargetRef":{"apiVersion":"apps/v1","kind":"Deployment","name":"d"},"maxReplicas":5,{{{spec}}} } }""";
        (await Api.ApplyAsync($"/apis/autoscaling/v1{autoscalers}", "one", Autoscaler("v1", "\"targetCPUUtilizationPercentage\":50"))).Expect(201);
        var two = Autoscaler("v2", """ "metrics":[{"type":"Resource","resource":{"name":"cpu","target":{"type":"Utilization","averageUtilization":70}}}]""");
        var conflict = (await Api.ApplyAsync($"/apis/autoscaling/v2{autoscalers}", "two", two)).Expect(409);
        Assert.Equal("Apply failed with 1 conflict: conflict with \"one\": .spec.targetCPUUtilizationPercentage", conflict["message"]);
    }

    private async Task<string[]> OwnersAsync() => [.. (await Api.GetAsync($"{One}/a")).Expect(200).Json["metadata"]!["managedFields"]!.AsArray()
        .Select(e => $"{e!["manager"]} {e["operation"]} {e["apiVersion"]} {e["fieldsV1"]!.ToJsonString()}")];
}
