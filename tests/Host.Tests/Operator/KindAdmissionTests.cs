using System.Text;
using System.Text.Json.Nodes;
using Slipway.Api;

namespace Slipway.Host.Operator;

public sealed class KindAdmissionTests
{
    private const string Sound = """{ "tasks": [ { "name": "a", "image": "x:1", "command": ["a"] } ] }""";
    private const string Cycle = """{ "tasks": [ { "name": "a", "image": "x:1", "command": ["a"], "needs": ["b"] }, { "name": "b", "image": "x:1", "command": ["b"], "needs": ["a"] } ] }""";
    private const string Mistyped = """{ "params": [ { "name": "n", "type": "integer" } ], "tasks": [ { "name": "a", "image": "x:1", "command": ["${{ params.m }}"] } ] }""";

    [Theory]
    [InlineData("Flow", null, Sound, "")]
    [InlineData("Flow", null, Cycle, "spec.tasks[0]: ")]
    [InlineData("Flow", null, Mistyped, "spec.tasks[0].command[0]: ")]
    [InlineData("Flow", Cycle, Sound, "")]
    [InlineData("FlowRun", """{ "flow": "f" }""", """{ "flow": "g" }""", "spec: Forbidden: a run cannot be changed; start another one")]
    [InlineData("FlowRun", """{ "flow": "f" }""", """{ "flow": "f", "stop": { "reason": "enough" } }""", "")]
    [InlineData("FlowTest", null, """{ "flow": "f" }""", "")]
    [InlineData("OfALaterVersion", null, """{ "a": 1 }""", "")]
    public void What_the_rules_refuse_is_refused_with_the_field(string kind, string? old, string spec, string cause)
    {
        var response = Answer(Review(kind, old, spec));
        Assert.Equal(("u-1", cause.Length == 0), (response["uid"]!.ToString(), response["allowed"]!.GetValue<bool>()));
        if (cause.Length == 0)
        {
            Assert.Null(response["status"]);
            return;
        }
        Assert.StartsWith($"{kind}.slipway.dev \"x\" is invalid: {cause}", response["status"]!["message"]!.ToString(), StringComparison.Ordinal);
        Assert.Equal(("422", "Invalid", cause.Split(':')[0]), (response["status"]!["code"]!.ToString(), response["status"]!["reason"]!.ToString(), response["status"]!["details"]!["causes"]![0]!["field"]!.ToString()));
    }

    [Fact]
    public void What_goes_away_may_go_and_what_has_gone_is_not_asked_about()
    {
        var review = Review("Flow", Cycle, Cycle);
        review["request"]!["object"]!["metadata"]!["deletionTimestamp"] = "2026-01-01T00:00:00Z";
        Assert.True(Answer(review)["allowed"]!.GetValue<bool>());
        review["request"]!["object"] = null;
        Assert.True(Answer(review)["allowed"]!.GetValue<bool>());
    }

    [Theory]
    // who writes; the run before and after -> its spec as it is to be; null if it stays
    [InlineData("anna", null, """{"flow":"f"}""", """{"flow":"f","cause":{"type":"User","by":"anna"}}""")]
    [InlineData("anna", null, """{"flow":"f","cause":{"type":"User","by":"anna"}}""", null)]
    [InlineData("anna", """{"flow":"f"}""", """{"flow":"f","stop":{"message":"m"}}""", """{"flow":"f","stop":{"message":"m","by":"anna","at":"2026-01-31T06:00:00.000Z"}}""")]
    [InlineData("anna", """{"flow":"f"}""", """{"flow":"f","suspend":true}""", null)]
    [InlineData("system:serviceaccount:slipway-system:slipway-operator", null, """{"flow":"f","cause":{"type":"Schedule","by":"nightly"}}""", null)]
    public void Who_starts_a_run_and_decides_on_it_is_written_by_a_patch(string user, string? old, string spec, string? signed)
    {
        var review = Review("FlowRun", old, spec);
        review["request"]!["userInfo"] = new JsonObject { ["username"] = user };
        var response = Authors(review);
        Assert.Equal(("u-1", true), (response["uid"]!.ToString(), response["allowed"]!.GetValue<bool>()));
        Assert.Equal(signed is null ? null : "JSONPatch", response["patchType"]?.ToString());
        if (signed is null) return;
        var patch = JsonNode.Parse(Convert.FromBase64String(response["patch"]!.ToString()))!.AsArray();
        Assert.Equal(("replace", "/spec", signed), (patch[0]!["op"]!.ToString(), patch[0]!["path"]!.ToString(), patch.Single()!["value"]!.ToJsonString()));
    }

    [Fact]
    public void Of_what_is_no_run_there_are_no_authors()
    {
        var review = Review("Flow", null, Sound);
        review["request"]!["userInfo"] = new JsonObject { ["username"] = "anna" };
        Assert.Null(Authors(review)["patch"]);
        review["request"]!["object"] = null;
        Assert.True(Authors(review)["allowed"]!.GetValue<bool>());
        Assert.Equal(400, Assert.Throws<ApiException>(() => Authors([])).Code);
    }

    [Theory]
    [InlineData("""{ "apiVersion": "admission.k8s.io/v1beta1", "kind": "AdmissionReview", "request": { "uid": "u" } }""")]
    [InlineData("""{ "apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "request": {} }""")]
    [InlineData("""{ "apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview" }""")]
    [InlineData("[]")]
    [InlineData("x")]
    [InlineData("")]
    public void What_is_no_question_is_not_answered(string body) =>
        Assert.Equal(400, Assert.Throws<ApiException>(() => KindAdmission.Answer(Encoding.UTF8.GetBytes(body))).Code);

    private static JsonObject Review(string kind, string? old, string spec) => new()
    {
        ["apiVersion"] = "admission.k8s.io/v1",
        ["kind"] = "AdmissionReview",
        ["request"] = new JsonObject { ["uid"] = "u-1", ["operation"] = old is null ? "CREATE" : "UPDATE", ["object"] = Of(kind, spec), ["oldObject"] = old is null ? null : Of(kind, old) },
    };

    private static JsonObject Of(string kind, string spec) =>
        new() { ["apiVersion"] = "slipway.dev/v1alpha1", ["kind"] = kind, ["metadata"] = new JsonObject { ["name"] = "x", ["namespace"] = "default" }, ["spec"] = JsonNode.Parse(spec) };

    private static JsonNode Authors(JsonObject review) => KindAdmission.AnswerAuthors(
        Encoding.UTF8.GetBytes(review.ToJsonString()), "system:serviceaccount:slipway-system:slipway-operator", new(2026, 1, 31, 6, 0, 0, TimeSpan.Zero))["response"]!;

    private static JsonNode Answer(JsonObject review)
    {
        var answer = KindAdmission.Answer(Encoding.UTF8.GetBytes(review.ToJsonString()));
        Assert.Equal(("admission.k8s.io/v1", "AdmissionReview"), (answer["apiVersion"]!.ToString(), answer["kind"]!.ToString()));
        return answer["response"]!;
    }
}
