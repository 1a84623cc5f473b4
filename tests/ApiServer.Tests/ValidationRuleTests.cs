using static Slipway.ApiServer.Tests.Samples;

namespace Slipway.ApiServer.Tests;

/// <summary>Expressions in definitions, through the API.</summary>
public sealed class ValidationRuleTests
{
    private static string WithRules(string rules) =>
        Definition().Replace("""{"type":"object","required":["cronSpec"],""", $$"""{"type":"object","x-kubernetes-validations":[{{rules}}],"required":["cronSpec"],""", StringComparison.Ordinal);

    [Fact]
    public async Task A_definition_with_a_wrong_rule_is_refused_with_its_path()
    {
        await using var api = await TestApi.StartAsync();
        var refused = (await api.PostAsync(Definitions, WithRules("""{"rule":"self.replicas > self.image"}"""))).Expect(422);
        Assert.Equal("spec.validation.openAPIV3Schema.properties[spec].x-kubernetes-validations[0].rule", refused["details.causes.0.field"]);
        Assert.Contains("found no matching overload for '_>_' applied to '(int, string)'", refused["details.causes.0.message"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Rules_hold_on_create_update_patch_and_status()
    {
        await using var api = await TestApi.StartAsync();
        (await api.PostAsync(Definitions, WithRules("""
            {"rule":"self.replicas <= 3","message":"at most 3","fieldPath":".replicas"},
            {"rule":"self.cronSpec == oldSelf.cronSpec","messageExpression":"'was ' + oldSelf.cronSpec","reason":"FieldValueForbidden"}
            """))).Expect(201);
        var refused = (await api.PostAsync(CronTabs, CronTab("a", "\"cronSpec\":\"x\",\"replicas\":4"))).Expect(422);
        Assert.Equal("spec.replicas Invalid value: \"object\": at most 3", $"{refused["details.causes.0.field"]} {refused["details.causes.0.message"]}");
        Assert.Equal("FieldValueInvalid", refused["details.causes.0.reason"]);
        Assert.Equal("CronTab.stable.example.com \"a\" is invalid: spec.replicas: Invalid value: \"object\": at most 3", refused["message"]);

        (await api.PostAsync(CronTabs, CronTab("a", "\"cronSpec\":\"x\""))).Expect(201);
        (await api.MergeAsync($"{CronTabs}/a", """{"spec":{"replicas":3}}""")).Expect(200);
        refused = (await api.MergeAsync($"{CronTabs}/a", """{"spec":{"cronSpec":"y","replicas":5}}""")).Expect(422);
        Assert.Equal(["spec.replicas", "spec"], refused.Json["details"]!["causes"]!.AsArray().Select(c => c!["field"]!.ToString()));
        Assert.Equal("Forbidden: was x", refused["details.causes.1.message"]);
        (await api.MergeAsync($"{CronTabs}/a/status", """{"status":{"conditions":[]}}""")).Expect(200);
    }

    [Fact]
    public async Task A_rule_that_comes_later_lets_unchanged_objects_live()
    {
        await using var api = await TestApi.StartAsync();
        (await api.PostAsync(Definitions, Definition())).Expect(201);
        (await api.PostAsync(CronTabs, CronTab("a", "\"cronSpec\":\"x\",\"replicas\":9"))).Expect(201);
        (await api.SendAsync("PATCH", $"{Definitions}/crontabs.stable.example.com", """
            [{"op":"add","path":"/spec/versions/0/schema/openAPIV3Schema/properties/spec/x-kubernetes-validations","value":[{"rule":"self.replicas <= 3"}]}]
            """, "application/json-patch+json")).Expect(200);
        var labelled = (await api.MergeAsync($"{CronTabs}/a", """{"metadata":{"labels":{"a":"b"}}}""")).Expect(200);
        Assert.Equal("b", labelled["metadata.labels.a"]);
        (await api.MergeAsync($"{CronTabs}/a", """{"spec":{"image":"i"}}""")).Expect(422);
        (await api.PostAsync(CronTabs, CronTab("b", "\"cronSpec\":\"x\",\"replicas\":9"))).Expect(422);
    }
}
