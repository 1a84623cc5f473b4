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

    [Theory]
    [InlineData("me", "x", 4, "spec at most 3", "spec at most 3")]
    [InlineData("m\\u0001", "x", 4, "spec at most 3", "MANAGER invalid character U+0001 (at position 1)|spec at most 3")]
    [InlineData("m\\u0001", "a b", 4, "metadata.labels|spec at most 3", "metadata.labels|MANAGER|spec at most 3")]
    [InlineData("m\\u0001", "a b", 0, "metadata.labels|spec.replicas should be greater than or equal to 1|spec not none", "metadata.labels|MANAGER|spec.replicas|spec not none")]
    [InlineData("long", "a b", 4, "metadata.labels|spec at most 3", "metadata.labels|MANAGER Too long: may not be more than 128 bytes|<nil> some validation rules were not checked")]
    public async Task Metadata_with_its_owners_comes_before_the_schema_and_the_rules(string manager, string label, int replicas, string created, string changed)
    {
        await using var api = await TestApi.StartAsync();
        (await api.PostAsync(Definitions, WithRules("""{"rule":"self.replicas <= 3","message":"at most 3"},{"rule":"self.replicas != 0","message":"not none"}"""))).Expect(201);
        var owner = $$$"""{"manager":"{{{(manager == "long" ? new string('m', 129) : manager)}}}","operation":"Apply","apiVersion":"stable.example.com/v1","fieldsType":"FieldsV1","fieldsV1":{"f:spec":{"f:cronSpec":{} } } }""";
        var wrong = CronTab("a", $"\"cronSpec\":\"x\",\"replicas\":{replicas}")
            .Replace("\"metadata\":{", $"\"metadata\":{{\"labels\":{{\"l\":\"{label}\"}},\"managedFields\":[{owner}],", StringComparison.Ordinal);
        // Who creates an object owns all that it has, whatever it says.
        Check((await api.PostAsync(CronTabs, wrong)).Expect(422), created);
        (await api.PostAsync(CronTabs, CronTab("a", "\"cronSpec\":\"x\""))).Expect(201);
        Check((await api.MergeAsync($"{CronTabs}/a", wrong)).Expect(422), changed);

        static void Check(Answer refused, string expected)
        {
            var wanted = expected.Replace("MANAGER", "metadata.managedFields[0].manager", StringComparison.Ordinal).Split('|').Select(e => e.Split(' ', 2)).ToArray();
            var causes = refused.Json["details"]!["causes"]!.AsArray().Select(c => (Field: c!["field"]!.ToString(), Message: c["message"]!.ToString())).ToArray();
            Assert.Equal(wanted.Select(w => w[0]), causes.Select(c => c.Field));
            Assert.All(wanted.Zip(causes), pair => Assert.Contains(pair.First.ElementAtOrDefault(1) ?? "", pair.Second.Message, StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task However_much_is_wrong_with_the_names_of_owners_the_answer_is_short()
    {
        await using var api = await TestApi.StartAsync();
        (await api.PostAsync("/api/v1/namespaces/default/configmaps", """{"metadata":{"name":"a"}}""")).Expect(201);
        foreach (var (count, length) in new[] { (1000, 100), (1, 100_000) })
        {
            var owner = $$$"""{"manager":"{{{string.Concat(Enumerable.Repeat("\\u0001", length))}}}","operation":"Update","apiVersion":"v1","fieldsType":"FieldsV1","fieldsV1":{} }""";
            var refused = await api.MergeAsync("/api/v1/namespaces/default/configmaps/a", $$$"""{"metadata":{"managedFields":[{{{string.Join(',', Enumerable.Repeat(owner, count))}}}]} }""");
            Assert.InRange(refused.Expect(422).Body.Length, 1, 2_000_000);
        }
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
